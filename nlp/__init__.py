"""From Thai sentences to topics and matches: numpy and scikit-learn in; no web, no database, no app."""
