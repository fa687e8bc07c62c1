"""Files of evidence: sealed under the person's key, in a store of their own; the ledger keeps digest, size and name.

`evidence.Evidence` is the door for everybody. `sealed_file` says what lies in the store, `store` and `s3` where,
`check` compares store and ledger.
"""
