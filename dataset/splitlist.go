package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// notClasses are folders of published data sets that hold no class.
var notClasses = map[ID][]string{
	Imdb:           {"unsup"},
	SpeechCommands: {"_background_noise_"},
	Caltech101:     {"BACKGROUND_Google"},
}

// maxSplitList bounds a list of files: 64 MiB.
const maxSplitList = 64 << 20

// listed returns where the folders of the classes are, and which of their files
// are of the part. Some sets keep all files together, with lists beside them of
// those of a part: testing_list.txt and validation_list.txt (SpeechCommands;
// what is in neither is the train part), or meta/train.txt and meta/test.txt
// beside images/ (Food-101).
func (o opener) listed(dir string) (root string, which choice, err error) {
	root, which = dir, choice{without: notClasses[o.id]}
	var names map[string]bool
	switch {
	case isFile(dir, "testing_list.txt"):
		names, err = readSplitLists(dir, "testing_list.txt")
		if o.part == Train && err == nil {
			names, err = readSplitLists(dir, "testing_list.txt", "validation_list.txt")
			which.only = func(rel string) bool { return !names[rel] }
			return root, which, err
		}
	case isFile(dir, "meta/"+string(o.part)+".txt"):
		root = filepath.Join(dir, "images")
		names, err = readSplitLists(dir, "meta/"+string(o.part)+".txt")
	default:
		return root, which, nil
	}
	which.only = func(rel string) bool { return names[rel] || names[strings.TrimSuffix(rel, filepath.Ext(rel))] }
	return root, which, err
}

func isFile(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && info.Mode().IsRegular()
}

// readSplitLists reads lists of files, one a line, with slashes, with or without
// the extension.
func readSplitLists(dir string, lists ...string) (map[string]bool, error) {
	names := map[string]bool{}
	for _, list := range lists {
		f, _, err := regular.Open(filepath.Join(dir, list))
		if err != nil {
			return nil, err
		}
		limited := &io.LimitedReader{R: f, N: maxSplitList}
		lines := bufio.NewScanner(limited)
		for lines.Scan() {
			names[strings.TrimSpace(lines.Text())] = true
		}
		if err = errors.Join(lines.Err(), f.Close()); err == nil && limited.N <= 0 {
			err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, maxSplitList)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list, err)
		}
	}
	delete(names, "")
	return names, nil
}
