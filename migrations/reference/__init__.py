"""What every database starts with: currencies, countries, cities and the tree of categories."""
