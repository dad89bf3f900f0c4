package dataset

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// maxText bounds the text of one file: 16 MiB.
const maxText = 16 << 20

// OpenTextFolder reads the .txt files in root's folders, one text each, in the
// order of folder and file names: root/neg/0.txt, root/pos/1.txt. Folders are
// classes as those of [OpenImageFolder] are.
func OpenTextFolder(root string, opts Options) (*TextSet, error) {
	return openTextFolder(root, opts, choice{})
}

func openTextFolder(root string, opts Options, which choice) (*TextSet, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	f := &ImageFolder{pictureSet: pictureSet{opts: opts}, root: root, types: looseTypes["text"], choice: which}
	if err := f.list(); err != nil {
		return nil, inDir(root, err)
	}
	t := &TextSet{origin: f.origin}
	for i, path := range f.files {
		text, err := readText(path)
		if err == nil {
			err = t.add([2]string{text}, false)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		t.labels = append(t.labels, int32(f.labels[i]))
	}
	return t, nil
}

// readText reads a file of UTF-8, without a byte order mark.
func readText(path string) (string, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxText+1))
	switch {
	case err != nil:
		return "", err
	case len(b) > maxText:
		return "", fmt.Errorf("%w: a text of more than %d bytes", ErrTooLarge, maxText)
	case !utf8.Valid(b):
		return "", fmt.Errorf("%w: the text is not UTF-8; convert the file", ErrFormat)
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}
