"""The Artifactory Query Language, as far as clients of the product use it (contract 9.1): parse, then evaluate."""
