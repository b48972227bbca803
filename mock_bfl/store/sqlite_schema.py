"""The tables of the SQLite store. A row is a value as JSON (`body`), and beside it only what is searched or summed.

The version of a file is not written here: it follows from the fields of what is stored.
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
CREATE TABLE shown (until_real_ms INTEGER NOT NULL, first_timeline TEXT NOT NULL);

CREATE TABLE exchange (number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT, body TEXT NOT NULL);

CREATE TABLE delivery (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at_ms INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX delivery_account ON delivery (account);
CREATE INDEX delivery_waiting ON delivery (account, due_at_ms) WHERE state = 'waiting';

CREATE TABLE script (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX script_account ON script (account)
"""
