// Package submission is data as it is submitted to data rounds: a directory with data.json,
// which says what it is, and the rows. FORMAT.md has the rules.
//
// Whoever has data builds one, and gets an error that says what validators would refuse:
//
//	schema, err := pkg.Submission() // packagefmt: what the round takes
//	data, err := dataset.Open(id, "my/data", dataset.Train, dataset.Options{})
//	manifest, err := submission.Build("to-submit", data, schema, submission.About{License: "CC0-1.0"})
//
// Whoever submits one that goes on changing submits a copy ([Copy]), of one time and checked.
//
// Whoever judges reads it:
//
//	set, err := submission.Read(files, schema)
//	var wrong *submission.Invalid
//	if errors.As(err, &wrong) {
//		// it scores 0, for everybody, and wrong.Reason says why
//	}
//
// # Trust
//
// A submission is a stranger's. Names, sizes and numbers of files are compared with the schema
// before a byte is read; lines, pictures and archives have bounds before they are unpacked; what
// is wrong is a typed [Reason], the same on every machine, as opposed to an error of the disk,
// which says nothing about the submission and must never become a score.
package submission
