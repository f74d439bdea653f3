"""The command `jpd`: one file per subcommand."""
