"""The demo consultation: needs written for this project, and a plan that we invented."""
