"""The tests, as a package: laws and scripts import the registry by its name."""
