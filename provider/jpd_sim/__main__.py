"""`python -m jpd_sim`: the simulator without the command `jpd`."""

from jpd_sim.cli import sim

if __name__ == "__main__":
    sim(prog_name="python -m jpd_sim")
