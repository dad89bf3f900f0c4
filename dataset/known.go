package dataset

import (
	_ "embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ErrByHand means that a data set cannot be downloaded without a person: its
// terms must be accepted, or its files converted.
var ErrByHand = errors.New("dataset: to be fetched by hand")

// ErrUnknownSource means that there is no address of a data set.
var ErrUnknownSource = errors.New("dataset: no known address")

//go:embed known.tsv
var knownTable string

// KnownFile is a file of a data set that is downloaded by name.
type KnownFile struct {
	// Name of the file.
	Name string
	// Source has the publisher's address, its checksum, and an upper bound of
	// the size.
	Source Source
	// Unpacked bounds what the archive unpacks to, in bytes; 0 if it is none.
	Unpacked int64
	// Keep are the files of the archive that are kept.
	Keep []Keep
	// Fetched reports whether this project has ever fetched the file from the
	// address. If not, address and checksum are as Origin publishes them.
	Fetched bool
	// Origin is where address and checksum are from.
	Origin string
}

// Keep names files of an archive.
type Keep struct {
	// Pattern of the path in the archive, as in path.Match.
	Pattern string
	// As is the name that the file gets; empty for the last element of its path.
	// If it ends in a slash it is the folder that gets the file, with the part of
	// its path that begins where Pattern has its first wildcard.
	As string
}

// Known returns the files that Install downloads of a data set. It fails with
// ErrByHand, which says what to do, or ErrUnknownSource.
func Known(id ID) ([]KnownFile, error) {
	k, ok := knownSets()[id]
	switch {
	case !ok:
		return nil, fmt.Errorf("%w of %v: name your own copy, or the address and SHA-256 of a file that you trust", ErrUnknownSource, id)
	case k.byHand != "":
		return nil, fmt.Errorf("%w: %v: %s", ErrByHand, id, k.byHand)
	}
	return slices.Clone(k.files), nil
}

// KnownIDs returns the data sets that Install can download, in the order of
// their ids.
func KnownIDs() []ID {
	var ids []ID
	for id, k := range knownSets() {
		if k.byHand == "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// knownOptions are how the files of known data sets are read.
var knownOptions = map[ID]Options{
	AgNews:      numbered([]string{"1", "2"}, "World", "Sports", "Business", "Sci/Tech"),
	YelpReviews: numbered([]string{"1"}, "1 star", "2 star", "3 stars", "4 stars", "5 stars"),
	Dbpedia: numbered([]string{"1", "2"}, "Company", "EducationalInstitution", "Artist", "Athlete", "OfficeHolder", "MeanOfTransportation", "Building",
		"NaturalPlace", "Village", "Animal", "Plant", "Album", "Film", "WrittenWork"),
}

// numbered are the options of tables without a header whose first column has
// numbers from 1 for the classes, which Hugging Face's datasets names so.
func numbered(text []string, classes ...string) Options {
	rename := map[string]string{}
	for i, name := range classes {
		rename[strconv.Itoa(i+1)] = name
	}
	return Options{Header: HeaderNo, Label: "0", Text: text, Classes: classes, Rename: rename}
}

type knownSet struct {
	files  []KnownFile
	byHand string
}

var knownSets = sync.OnceValue(func() map[ID]knownSet {
	sets, err := parseKnown(knownTable)
	if err != nil {
		panic(err) // TestKnownSets reads every line
	}
	return sets
})

func parseKnown(table string) (map[ID]knownSet, error) {
	sets := map[ID]knownSet{}
	for line := range strings.Lines(table) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 9 {
			return nil, fmt.Errorf("dataset: known.tsv: %d cells: %s", len(cells), line)
		}
		id, err := Parse(cells[0])
		if err != nil {
			return nil, err
		}
		k := sets[id]
		if cells[2] == "-" {
			k.byHand = cells[8]
			sets[id] = k
			continue
		}
		f, err := parseKnownFile(cells)
		if err != nil {
			return nil, fmt.Errorf("dataset: known.tsv: %s: %w", line, err)
		}
		k.files = append(k.files, f)
		sets[id] = k
	}
	return sets, nil
}

func parseKnownFile(cells []string) (f KnownFile, err error) {
	f = KnownFile{Name: cells[1], Source: Source{URL: cells[2]}, Fetched: cells[7] == "yes", Origin: cells[8]}
	kind, sum, _ := strings.Cut(cells[3], ":")
	switch kind {
	case "md5":
		f.Source.MD5 = sum
	case "sha256":
		f.Source.SHA256 = sum
	default:
		return f, fmt.Errorf("checksum %q", cells[3])
	}
	if f.Source.MaxBytes, err = parseSize(cells[4]); err != nil {
		return f, err
	}
	if f.Unpacked, err = parseSize(cells[5]); err != nil {
		return f, err
	}
	if cells[6] != "" {
		for keep := range strings.SplitSeq(cells[6], ",") {
			pattern, as, _ := strings.Cut(keep, "=>")
			if _, err := path.Match(pattern, ""); err != nil {
				return f, err
			}
			f.Keep = append(f.Keep, Keep{pattern, as})
		}
	}
	return f, nil
}

// parseSize reads a number of bytes with MB or GB behind it, or 0.
func parseSize(text string) (int64, error) {
	unit := int64(1)
	for suffix, size := range map[string]int64{"MB": 1 << 20, "GB": 1 << 30} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			text, unit = rest, size
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return n * unit, err
}
