package submission

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// About is what data.json says beside the rows.
type About struct {
	License string // of the data, as SPDX names it: "CC0-1.0"
	Source  string // where the data is from
	// Trainer is the address of the wallet that will submit it, and nobody else can then: a CID can be seen, and
	// submitted by others, before it is on the chain.
	Trainer string
}

// Build writes a data set as a submission into the new directory dir: all of it, and only if
// [Read] takes it, or nothing. Labels are found in the schema's classes as [dataset.Adapt]
// does it. Values become lines of JSON, and pictures PNG files in the size that the schema
// says. If dir exists already, the error wraps fs.ErrExist.
func Build(dir string, rows dataset.Described, schema Schema, about About) (Manifest, error) {
	return build(dir, schema, about, func(w *writer) error {
		if n := rows.Len(); n < w.schema.MinRows || n > w.schema.MaxRows { // before much is written in vain
			return refused(invalid(BadCount, "", "%d rows, the round takes %d to %d", n, w.schema.MinRows, w.schema.MaxRows))
		}
		switch schema.Kind {
		case Texts:
			return w.texts(rows)
		case Conversations:
			return w.conversations(rows)
		default: // values and pictures
			set, err := dataset.Adapt(rows, dataset.Schema{Shape: schema.Shape, Classes: schema.Classes})
			if err != nil {
				return err
			}
			if schema.Kind == Pictures {
				return w.pictures(set)
			}
			return w.values(set)
		}
	})
}

// build writes into a temporary directory, reads what was written, and renames.
func build(dir string, schema Schema, about About, write func(*writer) error) (m Manifest, err error) {
	if schema, err = schema.withDefaults(); err != nil {
		return m, err
	}
	err = whole(dir, func(temp string) error {
		w := newWriter(temp, schema)
		w.m = Manifest{Version: Version, Schema: schema.Kind, License: about.License, Source: about.Source, Trainer: about.Trainer, Files: w.m.Files}
		if err := write(w); err != nil {
			return err
		}
		b, err := w.m.encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(temp, ManifestFile), b, 0o644); err != nil {
			return err
		}
		if _, err := Read(os.DirFS(temp), schema); err != nil {
			return refused(err)
		}
		m = w.m
		return nil
	})
	return m, err
}

func refused(err error) error { return fmt.Errorf("validators would refuse this data: %w", err) }

// whole makes the new directory dir of what write writes into a temporary one beside it: all of it, or nothing.
func whole(dir string, write func(temp string) error) (err error) {
	dir = filepath.Clean(dir)
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("submission directory %s: %w; choose a new one", dir, fs.ErrExist)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".tmp-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	if err := os.Chmod(temp, 0o755); err != nil { // submissions are public
		return err
	}
	if err := write(temp); err != nil {
		return err
	}
	if err := syncAll(temp); err != nil {
		return err
	}
	return os.Rename(temp, dir)
}

// writer writes the files of rows and notes their checksums.
type writer struct {
	dir    string
	schema Schema
	left   int64 // bytes that may still be written
	m      Manifest
}

func newWriter(dir string, schema Schema) *writer {
	return &writer{dir: dir, schema: schema, left: schema.MaxBytes, m: Manifest{Files: map[string]string{}}}
}

// create writes one file.
func (w *writer) create(name string, write func(io.Writer) error) (err error) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	sum, limited := sha256.New(), &limitedWriter{f, &w.left}
	out := bufio.NewWriter(io.MultiWriter(limited, sum))
	err = errors.Join(write(out), out.Flush(), f.Close())
	w.m.Files[name] = hex.EncodeToString(sum.Sum(nil))
	return err
}

// limitedWriter stops where a submission becomes too large.
type limitedWriter struct {
	io.Writer
	left *int64
}

// Write is of [io.Writer].
func (l *limitedWriter) Write(b []byte) (int, error) {
	if *l.left -= int64(len(b)); *l.left < 0 {
		return 0, errors.New("submission: the data takes more bytes than the round allows: use fewer rows")
	}
	return l.Writer.Write(b)
}

// lines writes data.jsonl with n rows.
func (w *writer) lines(n int, row func(i int) (any, error)) error {
	w.m.Rows = n
	return w.create(LinesFile, func(out io.Writer) error {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for i := range n {
			v, err := row(i)
			if err != nil {
				return fmt.Errorf("row %d: %w", i, err)
			}
			if err := enc.Encode(v); err != nil {
				return fmt.Errorf("row %d: %w", i, err)
			}
		}
		return nil
	})
}

// className is the name of a label.
func (w *writer) className(label int) (string, error) {
	if label < 0 || label >= len(w.schema.Classes) {
		return "", fmt.Errorf("%w: label %d of %d classes", dataset.ErrClass, label, len(w.schema.Classes))
	}
	return w.schema.Classes[label], nil
}

func (w *writer) values(set dataset.Dataset) error {
	sample := make([]float32, w.schema.features())
	return w.lines(set.Len(), func(i int) (any, error) {
		label, err := set.Sample(i, sample)
		if err != nil {
			return nil, err
		}
		class, err := w.className(label)
		return struct {
			X []float32 `json:"x"`
			Y string    `json:"y"`
		}{sample, class}, err
	})
}

// texter is a set of texts, as [dataset.TextSet] is one.
type texter interface {
	Text(i int) (texts []string, label int, err error)
}

func (w *writer) texts(rows dataset.Described) error {
	set, ok := rows.(texter)
	if !ok {
		return errors.New("submission: the round takes texts, and this data set holds none")
	}
	classes, err := dataset.NewClassList(w.schema.Classes)
	if err != nil {
		return err
	}
	names := dataset.ClassNames(rows)
	return w.lines(rows.Len(), func(i int) (any, error) {
		said, label, err := set.Text(i)
		if err != nil {
			return nil, err
		}
		if len(said) != 1 || label >= len(names) {
			return nil, fmt.Errorf("%d texts of class %d: want one, of a class with a name", len(said), label)
		}
		at, err := classes.Index(names[label])
		if err != nil {
			return nil, err
		}
		class, err := w.className(at)
		return struct {
			Text  string `json:"text"`
			Label string `json:"label"`
		}{said[0], class}, err
	})
}

func (w *writer) conversations(rows dataset.Described) error {
	set, ok := rows.(*dataset.ConversationSet)
	if !ok {
		return errors.New("submission: the round takes conversations, and this data set holds none")
	}
	return w.lines(set.Len(), func(i int) (any, error) { return set.Conversation(i), nil })
}

func (w *writer) pictures(set dataset.Dataset) error {
	shape := w.schema.Shape
	w.m.Rows = set.Len()
	sample := make([]float32, w.schema.features())
	for i := range set.Len() {
		label, err := set.Sample(i, sample)
		if err != nil {
			return fmt.Errorf("picture %d: %w", i, err)
		}
		class, err := w.className(label)
		if err != nil {
			return fmt.Errorf("picture %d: %w", i, err)
		}
		if !filepath.IsLocal(class) || filepath.Base(class) != class {
			return fmt.Errorf("picture %d: class %.60q cannot be the name of a folder", i, class)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, pictureOf(sample, shape[0], shape[1], shape[2])); err != nil {
			return err
		}
		name := TrainDir + "/" + class + "/" + fmt.Sprintf("%0*d", len(strconv.Itoa(MaxRows)), i) + ".png"
		if err := w.create(name, func(out io.Writer) error { _, err := out.Write(b.Bytes()); return err }); err != nil {
			return err
		}
	}
	return nil
}

// pictureOf is a sample [channels, h, w] of 0 … 1 as a picture of bytes.
func pictureOf(sample []float32, channels, h, w int) image.Image {
	level := func(v float32) uint8 { return uint8(min(max(float64(float64(v)*255)+0.5, 0), 255)) }
	plane := h * w
	if channels == 1 {
		img := image.NewGray(image.Rect(0, 0, w, h))
		for i, v := range sample {
			img.Pix[i] = level(v)
		}
		return img
	}
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range plane {
		img.SetNRGBA(i%w, i/w, color.NRGBA{level(sample[i]), level(sample[plane+i]), level(sample[2*plane+i]), 255})
	}
	return img
}
