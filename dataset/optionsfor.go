package dataset

import (
	"fmt"
	"reflect"
	"slices"
)

// Options that mean something for data of a form, beside Classes and Rename, which
// every form has. What else is set was meant for other data.
var (
	forTables   = []string{"Separator", "Decimal", "Header", "Label", "Ignore", "Missing", "Categorical", "Columns", "Text", "Scale", "Transpose"}
	forLines    = []string{"Label", "Text", "X", "Missing", "Scale", "Transpose"}
	forArrays   = []string{"X", "Y", "Channels", "Scale", "Transpose"}
	forBytes    = []string{"Transpose"}
	forPictures = []string{"EXIF", "Resize", "Scale", "Transpose"}
)

// only refuses options that mean nothing for data of this form.
func (o Options) only(form string, names []string) error {
	v := reflect.ValueOf(o)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if name == "Classes" || name == "Rename" || v.Field(i).IsZero() || slices.Contains(names, name) {
			continue
		}
		return fmt.Errorf("%w: Options.%s means nothing for %s", ErrFormat, name, form)
	}
	return nil
}

// checkFile refuses options that mean nothing for a file.
func (o opener) checkFile(path string) error {
	switch kindOf(path) {
	case ".csv", ".tsv":
		return o.opts.only("tables", forTables)
	case ".jsonl":
		return o.opts.only("JSON lines", forLines)
	case ".npz":
		return o.opts.only("arrays", forArrays)
	case ".mat":
		return o.opts.only("MAT-files", forBytes)
	}
	return nil
}

// checkBytes refuses options that mean nothing for files in a published form of
// bytes: IDX, CIFAR's, STL-10's.
func (o opener) checkBytes(dir string) error {
	return inDir(dir, o.opts.only("files of bytes such as IDX", forBytes))
}
