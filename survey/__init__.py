"""What a questionnaire means: the shared domain. No Flask, pandas, driver, network, clock or environment."""
