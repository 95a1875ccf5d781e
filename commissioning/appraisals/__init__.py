"""Options for meeting a need, weighed side by side for a case of any kind: what each costs, risks, and why not it."""
