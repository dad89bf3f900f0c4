package dataset

import "fmt"

// Options say what a file does not say of itself, or says wrongly. The zero
// value is useful: what it leaves open is detected where that can be done
// safely (see [Notes]), and otherwise is an error that names the option.
type Options struct {
	// Classes are the names of the classes, by label, for every format. Labels
	// are looked up in it, so that every file of a data set gets the same class
	// numbers; one that is not in it is an ErrClass that names file and line.
	// Default: the data set's agreed names (Info.ClassNames), else what occurs.
	Classes []string `json:"classes,omitempty"`

	// Rename gives labels of the file other names before they are looked up:
	// {"Iris-setosa": "setosa"}, {"1": "World"}.
	Rename map[string]string `json:"rename,omitempty"`

	// Separator of a table's columns, one byte. Default: a tab for .tsv, else
	// whichever of comma, semicolon, tab and vertical bar fits.
	Separator string `json:"separator,omitempty"`
	// Decimal is the decimal point: "." or ",". Default: a comma where columns
	// are not separated by one and numbers are written so.
	Decimal string `json:"decimal,omitempty"`
	// Header says whether a table's first line names its columns. Default: as
	// the first lines show.
	Header Header `json:"header,omitempty"`
	// Label is the column of the label: its name in the header, or its number
	// from 0, or from the end (-1 is the last); in JSON lines the field.
	// Default: the column named label, class, target or y; else the last. In
	// JSON lines: label or y.
	Label string `json:"label,omitempty"`
	// Ignore are columns that are no features, such as a row's number: by name
	// or number, as Label.
	Ignore []string `json:"ignore,omitempty"`
	// Missing says what to do about empty cells and the usual marks of missing
	// values (NA, nan, ?). Default: they are an error.
	Missing Missing `json:"missing,omitempty"`
	// Categorical are the columns whose values are names: each becomes as many
	// features as it has different values, of which one is 1. The values are
	// those of Columns, else what occurs, in order.
	Categorical []string `json:"categorical,omitempty"`
	// Columns are the features of a table, as a package states them. Columns
	// are found by name if the file has a header, else by their order. Default:
	// all columns but the label, in the file's order.
	Columns []Column `json:"columns,omitempty"`

	// Text are the columns or fields that hold text: one, or two that belong
	// together. Default: what such columns are usually called, else the only one
	// that holds text.
	Text []string `json:"text,omitempty"`

	// X is the field of the features in JSON lines, and the array of the
	// samples in an .npz. Default: x, features, or what .npz files call them.
	X string `json:"x,omitempty"`
	// Y is the array of the labels in an .npz. Default: what .npz files call
	// it.
	Y string `json:"y,omitempty"`
	// Channels is "last" for image arrays [n, height, width, channels], as
	// Keras keeps them, "first" for [n, channels, height, width]. Default: as
	// the data set's agreed shape says, else as the sizes show.
	Channels string `json:"channels,omitempty"`
	// Scale divides numbers of an image set: 255 for pixels that are bytes.
	// Default: 255 for arrays of bytes, and for whole numbers from 0 to 255 in
	// an image set's table or array; else 1. For pictures in folders it is the
	// range of 16-bit grey ones: 65535, or 255 to cut off there as Pillow does.
	// Default: such a picture with values over 255 is an error.
	Scale float64 `json:"scale,omitempty"`

	// Transpose exchanges rows and columns of pictures. EMNIST is published lying
	// on its side, mirrored, and read so, as torchvision and TensorFlow Datasets
	// do: a copy of it that stands upright needs this to fit the models that are
	// trained on the published one.
	Transpose bool `json:"transpose,omitempty"`
	// EXIF turns photographs (JPEG, PNG and WebP) as their EXIF orientation says.
	// Default: they are read as they are stored, as torchvision does. A TIFF is
	// always turned as it says, as Pillow does.
	EXIF bool `json:"exif,omitempty"`
	// Resize says how pictures come to the samples' size. Default: height and
	// width are resized to it, each by itself.
	Resize *Resize `json:"resize,omitempty"`
}

// Header says whether a table's first line names its columns.
type Header string

// The values of Header.
const (
	HeaderDetect Header = ""
	HeaderYes    Header = "yes"
	HeaderNo     Header = "no"
)

// Missing says what to do about missing values in a table.
type Missing string

// The values of Missing.
const (
	// MissingRefuse makes them an error with line and column.
	MissingRefuse Missing = ""
	// MissingDrop leaves out the rows that have one.
	MissingDrop Missing = "drop"
	// MissingImpute replaces a missing number by its column's mean, or by what
	// Columns say, and gives a missing name no feature that is 1. A row without
	// a label is an error.
	MissingImpute Missing = "impute"
)

// Column is a column of a table that becomes features.
type Column struct {
	// Name in the header; empty if the file has none.
	Name string `json:"name,omitempty"`
	// Values are the names that occur in a categorical column, each of which
	// becomes a feature; nil for numbers.
	Values []string `json:"values,omitempty"`
	// Fill replaces missing numbers; nil if there are none.
	Fill *float32 `json:"fill,omitempty"`
}

// Features is the number of features that the column becomes.
func (c Column) Features() int { return max(1, len(c.Values)) }

// Resize says how pictures come to the samples' size, as torchvision's Resize
// and CenterCrop do for PIL images.
type Resize struct {
	// Size is [n]: the shorter side becomes n; or [height, width].
	Size []int `json:"size"`
	// Crop is [height, width] of the middle that is kept. Default: all.
	Crop []int `json:"crop,omitempty"`
	// Filter is "bilinear" or "bicubic". Default: bilinear.
	Filter string `json:"filter,omitempty"`
}

// Check returns an error for values that mean nothing.
func (o Options) Check() error {
	if len(o.Separator) > 1 || o.Separator == "\n" || o.Separator == "\r" || o.Separator == `"` {
		return fmt.Errorf("dataset: separator %q: want one byte, not a quotation mark or line end", o.Separator)
	}
	if o.Decimal != "" && o.Decimal != "." && o.Decimal != "," || o.Decimal != "" && o.Decimal == o.Separator {
		return fmt.Errorf("dataset: decimal %q: want . or , and another separator of columns", o.Decimal)
	}
	if o.Header != HeaderDetect && o.Header != HeaderYes && o.Header != HeaderNo {
		return fmt.Errorf("dataset: header %q: want yes, no or nothing", o.Header)
	}
	if o.Missing != MissingRefuse && o.Missing != MissingDrop && o.Missing != MissingImpute {
		return fmt.Errorf("dataset: missing %q: want drop, impute or nothing", o.Missing)
	}
	if o.Channels != "" && o.Channels != "first" && o.Channels != "last" {
		return fmt.Errorf("dataset: channels %q: want first, last or nothing", o.Channels)
	}
	if !(o.Scale >= 0 && o.Scale < 1e12) {
		return fmt.Errorf("dataset: scale %v: want a number over 0", o.Scale)
	}
	if len(o.Columns) > 0 && (len(o.Categorical) > 0 || len(o.Ignore) > 0) {
		return fmt.Errorf("dataset: Columns say which columns there are and which are categorical: leave Categorical and Ignore empty")
	}
	if o.Classes != nil {
		if _, err := NewClassList(o.Classes); err != nil {
			return fmt.Errorf("dataset: classes: %w", err)
		}
	}
	return o.Resize.Check()
}
