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

// CheckPath reports whether a report can have that name; nil if there is none. It is for
// flags: what fails should fail before there is something to report.
func CheckPath(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".html", ".htm", ".svg":
	default:
		if path != "" {
			return fmt.Errorf("%s: %w", path, ErrFormat)
		}
		return nil
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no directory", filepath.Dir(path))
	}
	return nil
}

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
	f, err := os.CreateTemp(filepath.Dir(path), ".report-*")
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
