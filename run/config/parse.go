package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/decloud-sdk/decloud-go/run"
)

// ErrInvalid is wrapped by every error about a file that cannot be used.
var ErrInvalid = errors.New("run/config: invalid configuration")

// Default are the values of what a file leaves out.
func Default() File {
	return File{
		Config: Config{WaitingForMembersExtraTime: 3, MaxMissed: 2, MinAgreement: -1, RunTime: 365 * 86_400, Verification: run.Witness.String()},
		Model:  Model{Head{BatchSize: 32}},
		Data:   Data{Location: "private"},
	}
}

// Parse reads a file and checks every field of it, but those that depend on the
// run's treasury, which [File.Check] does as well.
func Parse(text []byte) (File, error) {
	if len(text) > MaxSize {
		return File{}, fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, len(text), MaxSize)
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return File{}, describe(err)
	}
	if model, ok := tree["model"].(map[string]any); ok && model["LLM"] != nil {
		return File{}, fmt.Errorf("%w: model.LLM is not supported: a run trains a [model.Head]", ErrInvalid)
	}
	f := Default()
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return File{}, describe(err)
	}
	if err := exactNames("", reflect.TypeFor[File](), tree); err != nil {
		return File{}, err
	}
	return f, f.Check(run.SOL)
}

// describe adds row and column to an error of the decoder.
func describe(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		e := unknown.Errors[0]
		row, column := e.Position()
		return fmt.Errorf("%w: row %d, column %d: there is no field %s%s", ErrInvalid, row, column, keyOf(e.Key()), instead(e.Key()))
	}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		row, column := at.Position()
		if len(at.Key()) > 0 {
			return fmt.Errorf("%w: row %d, column %d: %s: %w", ErrInvalid, row, column, keyOf(at.Key()), err)
		}
		return fmt.Errorf("%w: row %d, column %d: %w", ErrInvalid, row, column, err)
	}
	return fmt.Errorf("%w: %w", ErrInvalid, err)
}

// keyOf is a field's name, or the beginning of a long one.
func keyOf(key []string) string { return fmt.Sprintf("%.80s", strings.Join(key, ".")) }

// instead says what there is in the place of what Psyche has for language models.
func instead(key []string) string {
	if len(key) < 4 || key[0] != "model" {
		return ""
	}
	switch key[2] {
	case "optimizer":
		switch key[3] {
		case "Distro":
			return `: use Sgd or AdamW; [model.Head.update] with encoding = "top-k" or "sign" compresses updates`
		case "AdamW":
			return ": AdamW has PyTorch's betas and eps"
		}
		return ": there are Sgd and AdamW"
	case "lr_schedule":
		return ": there are Constant, Linear and Cosine"
	}
	return ""
}

// exactNames refuses names that the decoder takes for a field although their
// letters' case differs: two of them would be one field.
func exactNames(path string, t reflect.Type, tree map[string]any) error {
	names := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("toml"), ",")
		names[name] = t.Field(i).Type
	}
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		field, ok := names[key]
		if !ok {
			return fmt.Errorf("%w: there is no field %s%.80s: letters' case counts", ErrInvalid, path, key)
		}
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		if sub, ok := tree[key].(map[string]any); ok && field.Kind() == reflect.Struct {
			if err := exactNames(path+key+".", field, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// Marshal writes the file. What it writes, [Parse] reads.
func (f File) Marshal() ([]byte, error) { return toml.Marshal(f) }
