"""The services of a JPD: routes to state, one file each; every route names the contract row that it imitates."""
