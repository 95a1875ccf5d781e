"""What administrators do: people, posts, roles, closed days, settings; and the page that says who can do what."""
