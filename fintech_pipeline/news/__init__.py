"""News: articles, whom they are about and which story they tell."""
