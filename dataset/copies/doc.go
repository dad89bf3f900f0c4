// Package copies finds rows of data that are copies: of rows of a test, which nobody may train
// on, and of rows that somebody else has submitted before.
//
// A row is compared by its [Print]. Prints of texts ([OfText]) are alike if their canonical forms
// are the same or share half of their word 5-grams, as MinHash estimates it; those of other
// samples ([OfSample]) if they are the same once quantised, or if an encoder's outputs point in
// the same direction. [Origins] keeps whose rows came first.
//
//	test := copies.NewIndex(near, testPrints) // the rows of the test
//	leaked := test.Near(prints)               // which of these are near one
//	look := origins.Look("wallet", prints)    // whose these are
//	origins.Add(look)
//
// Everything is computed in integers from a row's bytes, or from an encoder's outputs: the same on
// every machine where these are.
//
// # What it does not find
//
// White space, case, punctuation, invisible and look-alike characters, accents, widths, some changed
// words and appended sentences do not make a text another, nor does what a package's context cuts off, where callers pass what
// is within it (dataset.Seen). Replacing every third word does, and so
// does a translation, or padding a text to twice its length. A sample of numbers that is jittered
// until its encoder's output has turned by more than the cut is another sample; so is one whose
// columns are shuffled, or a picture that is mirrored. (A test that trainers do not know, a holdout, is
// what helps against jittered copies of the test.) The tests have a table of either.
//
// A conversation is compared as a whole, though a model is trained on its answers alone: other words in a user's turns, which
// teach nothing, hide answers that are copied. Measured on the 300 sentences of the contest's demonstration, a third of each a
// question and the rest the answer, within a context that holds all: behind a sentence of another row half of the copies are found,
// behind two a tenth, behind four none, and with another question in its place a twentieth. Were rows compared by their answers, too,
// where these have five words or more, 83 to 90 in 100 would be found, and none of 150 honest rows would be taken for a copy. They are not
// all the same: where a task has few answers ("The review is a positive one."), honest people give them word by word, whatever
// they were asked, and all of their data would be somebody else's.
//
// Texts are compared by their words, not by the ids that a tokenizer makes of them. So words that it does not know, which are all one to the
// model, are different ones here, and a copy in which others stand in their place is another text. Compared by ids, rows that
// hold nothing else would all be one another's copies.
package copies
