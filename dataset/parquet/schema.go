package parquet

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// column is a column of a file, of which only those without repetition can be
// samples or labels.
type column struct {
	name    string   // with points between the fields of structures
	kind    string   // the type, for messages
	bytes   bool     // holds strings or bytes
	deep    bool     // is a field of a structure
	once    bool     // has one value in each row
	plain   bool     // means the numbers or bytes that are stored
	scalar  bool     // holds numbers, truth values, strings or bytes
	image   bool     // is the Image feature of Hugging Face's datasets
	classes []string // names of its ClassLabel feature
}

// schema is the columns of a file, in its order; those that cannot be chosen
// have no name.
type schema []column

// feature is what Hugging Face's datasets says of a column.
type feature struct {
	Type  string   `json:"_type"`
	Names []string `json:"names"`
}

// describe returns the columns of a file.
func describe(f *parquet.File) (s schema) {
	features := features(f)
	for _, path := range f.Schema().Columns() {
		c := column{name: strings.Join(path, "."), deep: len(path) > 1}
		leaf, ok := f.Schema().Lookup(path...)
		c.once = ok && leaf.MaxRepetitionLevel == 0
		if ok {
			c.kind = leaf.Node.Type().String()
		}
		c.bytes = c.once && leaf.Node.Type().Kind() == parquet.ByteArray
		c.plain = c.once && isPlain(leaf.Node.Type())
		c.scalar = c.once && isScalar(leaf.Node.Type().Kind())
		own := features[path[0]]
		c.image = c.bytes && own.Type == "Image" && (!c.deep || path[len(path)-1] == "bytes")
		if !c.deep {
			c.classes = own.Names
		}
		s = append(s, c)
	}
	return s
}

// features reads what the datasets library wrote of the columns.
func features(f *parquet.File) map[string]feature {
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	text, ok := f.Lookup("huggingface")
	if !ok || json.Unmarshal([]byte(text), &meta) != nil {
		return nil
	}
	found := map[string]feature{}
	for name, raw := range meta.Info.Features {
		var own feature
		if json.Unmarshal(raw, &own) == nil { // lists of features are none of ours
			found[name] = own
		}
	}
	return found
}

// same returns an error that names the first column in which a file differs from
// another one of its set.
func (s schema) same(other schema, name string) error {
	for i := range max(len(s), len(other)) {
		switch {
		case i >= len(s):
			return fmt.Errorf("%w: it lacks the column %q of %s", dataset.ErrFormat, other[i].name, name)
		case i >= len(other):
			return fmt.Errorf("%w: the column %q is not in %s", dataset.ErrFormat, s[i].name, name)
		case s[i].name != other[i].name:
			return fmt.Errorf("%w: column %d is %q, and %q in %s", dataset.ErrFormat, i, s[i].name, other[i].name, name)
		case s[i].kind != other[i].kind || s[i].once != other[i].once:
			return fmt.Errorf("%w: column %q is %s, and %s in %s", dataset.ErrFormat, s[i].name, s[i].kind, other[i].kind, name)
		case !slices.Equal(s[i].classes, other[i].classes):
			return fmt.Errorf("%w: column %q has the classes %q, and %q in %s", dataset.ErrFormat, s[i].name, s[i].classes, other[i].classes, name)
		}
	}
	return nil
}

// names lists the columns that can be named.
func (s schema) names() (names []string) {
	for _, c := range s {
		if c.name != "" {
			names = append(names, c.name)
		}
	}
	return names
}

// without is the columns without one.
func (s schema) without(i int) schema {
	s = slices.Clone(s)
	s[i] = column{}
	return s
}

// find returns the column of a name that fits, -1 if there is none.
func (s schema) find(name string, fits func(c column) bool) int {
	return slices.IndexFunc(s, func(c column) bool { return c.name == name && name != "" && fits(c) })
}

// all are the columns that fit.
func (s schema) all(fits func(c column) bool) (found []int) {
	for i, c := range s {
		if c.name != "" && fits(c) {
			found = append(found, i)
		}
	}
	return found
}

// chooseLabel finds the label's column: the one that is named, else label, else
// the only ClassLabel.
func (s schema) chooseLabel(name string) (int, error) {
	once := func(c column) bool { return c.once }
	if name != "" {
		if i := s.find(name, once); i >= 0 {
			return i, nil
		}
		return 0, fmt.Errorf("%w: no column %q; there are %q (Options.Label)", dataset.ErrFormat, name, s.names())
	}
	if i := s.find("label", once); i >= 0 {
		return i, nil
	}
	if found := s.all(func(c column) bool { return c.classes != nil }); len(found) == 1 {
		return found[0], nil
	}
	return 0, fmt.Errorf("%w: which column is the label? There are %q (Options.Label)", dataset.ErrFormat, s.names())
}

// options are those of the labels: the numbers of a ClassLabel mean its names,
// whatever their order in a list of the caller.
func (c column) options(opts dataset.Options) dataset.Options {
	if c.classes == nil {
		return opts
	}
	if opts.Classes == nil {
		opts.Classes = c.classes
	}
	rename := maps.Clone(opts.Rename)
	if rename == nil {
		rename = map[string]string{}
	}
	for i, name := range c.classes {
		number := strconv.Itoa(i)
		if _, said := rename[number]; !said {
			rename[number] = cmp.Or(opts.Rename[name], name)
		}
	}
	opts.Rename = rename
	return opts
}

// chooseTexts returns the columns of opts.Text, one or two; where nothing is
// named the one with a usual name, else the only one of strings.
func chooseTexts(s schema, opts dataset.Options) (texts []int, err error) {
	text := func(c column) bool { return c.bytes && !c.deep }
	open := fmt.Errorf("%w: which column is the text, or which two? There are %q (Options.Text)", dataset.ErrFormat, s.names())
	for _, name := range opts.Text {
		i := s.find(name, text)
		if i < 0 || slices.Contains(texts, i) || len(texts) == 2 {
			return nil, open
		}
		texts = append(texts, i)
	}
	if len(texts) > 0 {
		return texts, nil
	}
	for _, usual := range []string{"text", "sentence", "content"} {
		if i := s.find(usual, text); i >= 0 {
			return []int{i}, nil
		}
	}
	if found := s.all(text); len(found) == 1 {
		return found, nil
	}
	return nil, open
}

// choosePictures returns the column of pictures: opts.X, else the only Image,
// image or img, else the only one of bytes, or of a structure's field bytes.
func choosePictures(s schema, opts dataset.Options) ([]int, error) {
	file := func(c column) bool { return c.bytes && (!c.deep || strings.HasSuffix(c.name, ".bytes")) }
	named := []string{"image", "img"}
	if opts.X != "" {
		named = []string{opts.X}
	} else if found := s.all(func(c column) bool { return c.image }); len(found) == 1 {
		return found, nil
	}
	for _, name := range named {
		for _, n := range []string{name + ".bytes", name} {
			if i := s.find(n, file); i >= 0 {
				return []int{i}, nil
			}
		}
	}
	if found := s.all(file); opts.X == "" && len(found) == 1 {
		return found, nil
	}
	return nil, fmt.Errorf("%w: which column has the pictures? There are %q (Options.X)", dataset.ErrFormat, s.names())
}
