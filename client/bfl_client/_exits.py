"""With what the `bfl` command exits; its help ends with this table.

| Exit code | Meaning                                            | What to do                                |
|-----------|----------------------------------------------------|-------------------------------------------|
| 0         | the picture is on disk                             |                                           |
| 2         | wrong usage                                        | see `bfl COMMAND --help`                  |
| 3         | no key, a key that is refused, or a wrong set-up   | fix the set-up                            |
| 4         | the request breaks a rule                          | fix the request                           |
| 5         | not enough credits, or the budget is used up       | pay, or raise the budget                  |
| 6         | too many active tasks, or the API is unavailable   | try later; nothing was billed             |
| 7         | the outcome of the submit is unknown               | look at your balance before trying again  |
| 8         | the task ended without a picture                   | change the prompt, or submit anew         |
| 9         | the task was accepted and its end not seen         | `bfl wait` with the printed polling_url   |
| 10        | the picture is ready and could not be saved        | `bfl wait` with the printed polling_url   |
| 130       | interrupted with Ctrl-C                            | as printed                                |
"""
