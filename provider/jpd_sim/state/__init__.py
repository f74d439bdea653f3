"""What a JPD knows. No HTTP here; states that could not exist are refused where they would arise."""
