package app

import (
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// BindDataOptions declares the flags that say how the files of a data set are to
// be read, where they do not say it themselves.
func BindDataOptions(fs *flag.FlagSet) *dataset.Options {
	o := &dataset.Options{}
	fs.Var((*Names)(&o.Classes), "classes", "`names` of the classes, in the order of the labels, with commas between (default: the data set's agreed ones, else those in the file)")
	fs.Var(renameValue{&o.Rename}, "rename", "labels of the file that mean other classes, `label=class` with commas between")
	fs.StringVar(&o.Label, "label", "", "the label's column, by `name` or number from 0, or field (default: label, class, target or y, else the last column)")
	fs.Var(separatorValue{&o.Separator}, "sep", "what separates columns: one `character`, or tab (default: as the file shows)")
	fs.Func("header", "whether the first line names the columns: `yes or no` (default: as the file shows)", oneOf(&o.Header, dataset.HeaderYes, dataset.HeaderNo))
	fs.Func("decimal", "decimal `point` of numbers: . or , (default: as the file shows)", oneOf(&o.Decimal, ".", ","))
	fs.Func("missing", "what to do about rows with missing values: `drop or impute` (default: they are an error)", oneOf(&o.Missing, dataset.MissingDrop, dataset.MissingImpute))
	fs.Var((*Names)(&o.Categorical), "categorical", "`columns` of names, each of which becomes one feature, with commas between")
	fs.Var((*Names)(&o.Ignore), "ignore", "`columns` that are no features, such as a row's number, with commas between")
	fs.Var(columnsValue{&o.Columns}, "columns", "`columns` of numbers that are the features, in this order, with commas between (default: all but the label, or the package's)")
	fs.Var((*Names)(&o.Text), "text", "`columns` or fields that hold the text: one, or two that belong together, with a comma between (default: as they are usually called)")
	fs.StringVar(&o.X, "x", "", "`array` of an .npz, or field of JSON lines, that holds the samples")
	fs.StringVar(&o.Y, "y", "", "`array` of an .npz that holds the labels")
	fs.Func("channels", "where image arrays have their channels: `first or last` (default: as the sizes show)", oneOf(&o.Channels, "first", "last"))
	fs.Var(Float(&o.Scale, 0, 1e9), "scale", "`number` that divides the values, 255 for pixels (default: as the values show)")
	fs.BoolVar(&o.Transpose, "transpose", false, "exchange rows and columns of pictures, as a copy of EMNIST needs that stands upright")
	fs.BoolVar(&o.EXIF, "exif", false, "turn photographs as their EXIF data says")
	BindResize(fs, &o.Resize)
	return o
}

// BindResize declares the flags of how pictures come to the samples' size.
func BindResize(fs *flag.FlagSet, to **dataset.Resize) {
	set := func(take func(r *dataset.Resize, sides []int)) func(string) error {
		return func(text string) error {
			sides, err := parseSides(text)
			if err != nil {
				return err
			}
			if *to == nil {
				*to = &dataset.Resize{}
			}
			take(*to, sides)
			return nil
		}
	}
	fs.Func("resize", "resize pictures: the shorter side to `pixels`, or height,width (default: to the samples' height and width)",
		set(func(r *dataset.Resize, sides []int) { r.Size = sides }))
	fs.Func("crop", "then keep the middle, `pixels` square or height,width",
		set(func(r *dataset.Resize, sides []int) { r.Crop = []int{sides[0], sides[len(sides)-1]} }))
}

// parseSides reads one or two sizes in pixels.
func parseSides(text string) (sides []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			return nil, errors.New("expected pixels, or height,width")
		}
		sides = append(sides, n)
	}
	if len(sides) > 2 {
		return nil, errors.New("expected pixels, or height,width")
	}
	return sides, nil
}

// oneOf sets a flag's value to one of those that it may have.
func oneOf[T ~string](to *T, values ...T) func(string) error {
	return func(text string) error {
		for _, v := range values {
			if strings.EqualFold(text, string(v)) {
				*to = v
				return nil
			}
		}
		return fmt.Errorf("expected %s", strings.ReplaceAll(strings.Trim(fmt.Sprint(values), "[]"), " ", " or "))
	}
}

// columnsValue is a list of columns of numbers.
type columnsValue struct{ p *[]dataset.Column }

func (v columnsValue) Set(text string) error {
	var names Names
	if err := names.Set(text); err != nil {
		return err
	}
	*v.p = nil
	for _, n := range names {
		*v.p = append(*v.p, dataset.Column{Name: n})
	}
	return nil
}

func (v columnsValue) String() string { return "" }

// separatorValue is a separator of columns, which may be given by its name.
type separatorValue struct{ p *string }

func (v separatorValue) Set(text string) error {
	if named, ok := map[string]string{"tab": "\t", `\t`: "\t", "comma": ",", "semicolon": ";", "space": " "}[strings.ToLower(text)]; ok {
		text = named
	}
	if len(text) != 1 {
		return errors.New("expected one character, or tab, comma, semicolon, space")
	}
	*v.p = text
	return nil
}

func (v separatorValue) String() string { return "" }

// renameValue is a list of label=class.
type renameValue struct{ p *map[string]string }

func (v renameValue) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		label, class, ok := strings.Cut(pair, "=")
		if label, class = strings.TrimSpace(label), strings.TrimSpace(class); !ok || class == "" {
			return errors.New("expected label=class, with commas between several")
		}
		if *v.p == nil {
			*v.p = map[string]string{}
		}
		(*v.p)[label] = class
	}
	return nil
}

func (v renameValue) String() string { return "" }
