"""Refused words and names, found in members' prompts even where they are disguised.

A word list stops accidents, not people. It finds what was written so that it can still be read as a word: other case,
accents, marks and invisible characters, letters of other alphabets and of fancy text, figures and signs for letters,
letters apart or repeated, markdown, weights and brackets, codes such as `%67`, a mask in place of a letter; in words of
five letters and more also a slip of the pen and a place inside another word, in those of four and more the word
backwards. What is spelled plainly as an ordinary English word is that word, so that "ass" is not found in "class".

It does not know what words mean: a synonym, a description ("red paint over a body"), another language or inflection
(list `blood*` for "bloody"), two letters wrong at once, a short word glued to another or cut in two ordinary ones
("go re") all pass. And a rare word may look like a disguise: "barenaked" is refused where "naked" is, and "Gunn" where
"gun" is. What must not be shown is the business of the checker of pictures.

The way of a text: `reading` makes `glyphs` of it, the `automaton` finds what they may spell, `meaning` judges whether
that is meant, and `slips` looks up what is no ordinary word.
"""

from __future__ import annotations

from bot.domain.blocklist.wordlist import Hit, WordList

__all__ = ["Hit", "WordList"]
