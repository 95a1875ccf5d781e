"""The first page, by what its reader has to do with; asking whoever a case waits for; help."""
