package chart

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrFormat says that a file's name tells of no format that a report can have.
var ErrFormat = errors.New("a report is an .html or an .svg file")

// CheckPath reports whether a report can be written under that name; nil if there is none. It
// is for flags: what fails should fail before there is something to report, which may have
// been paid for by then.
func CheckPath(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".html", ".htm", ".svg":
	default:
		if path != "" {
			return fmt.Errorf("%s: %w", path, ErrFormat)
		}
		return nil
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no directory", dir)
	}
	if info, err := os.Lstat(path); err == nil && info.IsDir() { // which no file can be renamed to
		return fmt.Errorf("%s is a directory: name a file", path)
	}
	f, err := os.CreateTemp(dir, unfinished) // no permission bits say whether a disk can be written to
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// unfinished is what a report is called until it is complete.
const unfinished = ".report-*"

// Write writes a report as the file's name says: .svg has the drawings, .html the tables, too.
// The file appears complete, or stays as it was.
func Write(path string, p Page) error {
	if err := CheckPath(path); err != nil || path == "" {
		return err
	}
	text := p.SVG()
	if !strings.EqualFold(filepath.Ext(path), ".svg") {
		var err error
		if text, err = p.HTML(); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), unfinished)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // nothing is there after the rename
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
