package submission

import (
	"fmt"
	"strings"
)

// Reason says why a submission is worth nothing. It is the same on every machine.
type Reason string

// The reasons.
const (
	// BadFiles are files that are missing, too many, no files, or have other names.
	BadFiles Reason = "files"
	// TooLarge is more than the round takes, in bytes, pixels or turns.
	TooLarge Reason = "size"
	// BadManifest is a data.json that breaks its rules.
	BadManifest Reason = "manifest"
	// BadChecksum is a file that is another than data.json says.
	BadChecksum Reason = "checksum"
	// BadCount are other rows than data.json says, or other than the round takes.
	BadCount Reason = "count"
	// BadRow is a row that breaks the schema.
	BadRow Reason = "row"
	// BadLabel is a label that is none of the classes.
	BadLabel Reason = "label"
	// BadArchive is a data.npz that breaks its rules.
	BadArchive Reason = "archive"
	// BadPicture is a file that is no PNG, or a broken one.
	BadPicture Reason = "picture"
)

// Invalid is the error of a submission that breaks the rules: reading it again, here or
// elsewhere, gives the same one. Any other error of [Read] comes from the file system and
// says nothing about the submission.
type Invalid struct {
	Reason Reason
	File   string // slash-separated; empty where the directory is meant
	Row    int    // from 1; 0 where no row is meant
	Detail string
}

// Error says all that is known.
func (e *Invalid) Error() string {
	where := []string{"invalid submission"}
	if e.File != "" {
		where = append(where, fmt.Sprintf("%.120q", e.File))
	}
	if e.Row > 0 {
		where = append(where, fmt.Sprintf("row %d", e.Row))
	}
	return strings.Join(append(where, e.Detail), ": ")
}

func invalid(reason Reason, file, format string, args ...any) error {
	return &Invalid{Reason: reason, File: file, Detail: fmt.Sprintf(format, args...)}
}

func badRow(reason Reason, file string, row int, format string, args ...any) error {
	return &Invalid{Reason: reason, File: file, Row: row, Detail: fmt.Sprintf(format, args...)}
}
