"""The tables of the SQLite store. A row is a value as JSON (`body`), and beside it only what is searched or summed.

The version of a file is not written here: it follows from this text, and from the fields of what is stored.
"""

from __future__ import annotations

SCHEMA = """
CREATE TABLE account (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    allowance TEXT NOT NULL,
    finetunes TEXT NOT NULL,
    balance TEXT NOT NULL, -- of the entries counted so far, exact
    tasks INTEGER NOT NULL
);
CREATE TABLE task (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    sample_key TEXT NOT NULL,
    ends_at_ms INTEGER NOT NULL, -- the greatest number while the end is not known
    polls INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX task_active ON task (account, ends_at_ms);
CREATE INDEX task_sample ON task (sample_key);

CREATE TABLE entry (number INTEGER PRIMARY KEY, account TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX entry_account ON entry (account);
CREATE TABLE due ( -- the entries that no balance has counted yet
    account TEXT NOT NULL,
    effective_at_ms INTEGER NOT NULL,
    number INTEGER NOT NULL,
    credits TEXT NOT NULL,
    PRIMARY KEY (account, effective_at_ms, number)
) WITHOUT ROWID;

CREATE TABLE poll_window (account TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lever (account TEXT, name TEXT, body TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE TABLE timeline (account TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE latest ( -- the latest real instant over which anything was decided, and how often all was reset
    real_ms INTEGER NOT NULL,
    resets INTEGER NOT NULL,
    first_timeline TEXT NOT NULL
);

CREATE TABLE epoch (account TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID; -- the last reset of whom
INSERT INTO epoch VALUES ('', 0);

CREATE TABLE exchange (number INTEGER PRIMARY KEY, account TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX exchange_account ON exchange (account, number);
CREATE TABLE share ( -- how much of the journal is an account's, and whether that may have been more
    account TEXT PRIMARY KEY,
    kept INTEGER NOT NULL,
    is_cut INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX share_greatest ON share (kept DESC, account);
CREATE TABLE journal ( -- the last number that was given, and how many exchanges there are
    numbered INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    is_name_lost INTEGER NOT NULL -- whether an account was dropped altogether, and its share with it
);
INSERT INTO journal VALUES (0, 0, 0);

CREATE TABLE delivery (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    task_id TEXT NOT NULL,
    receiver TEXT NOT NULL, -- as JSON in ASCII: it may hold what UTF-8 cannot
    state TEXT NOT NULL,
    is_leased INTEGER NOT NULL, -- or was, and nobody took it since
    due_at_ms INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX delivery_account ON delivery (account);
CREATE INDEX delivery_waiting ON delivery (account, due_at_ms, turn, id, task_id, receiver) WHERE state = 'waiting';
CREATE INDEX delivery_leased ON delivery (account, due_at_ms, turn, id) WHERE state = 'waiting' AND is_leased;

CREATE TABLE script (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    is_open INTEGER NOT NULL, -- whether any call may still consume something of it
    body TEXT NOT NULL
);
CREATE INDEX script_account ON script (account);
CREATE INDEX script_open ON script (account) WHERE is_open
"""
