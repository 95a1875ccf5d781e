"""The tests. `unit` and `integration` by feature, `journeys` and `browser` as people meet the product,
`chaos` under failure, `house` for the rules of this code; `support` holds what they share."""
