package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// InstallOptions say how Install downloads. The zero value is useful.
type InstallOptions struct {
	// Mirrors are addresses that are asked before the publisher's, in turn:
	// each has the files at mirror/<data set>/<file>. Checksums are the same.
	Mirrors []string
	// Download configures downloads.
	Download DownloadOptions
	// Attempts at each address, each going on where the last one stopped.
	// Default: 3.
	Attempts int
}

// Install downloads a known data set to dir/<data set>, unless it is there, and
// returns that folder, which Open reads. What is downloaded is kept beside it
// until all is there, so that a later call goes on from it; the folder itself
// appears only when it is complete. It fails as [Known] does.
func Install(ctx context.Context, id ID, dir string, opts InstallOptions) (string, error) {
	files, err := Known(id)
	if err != nil {
		return "", err
	}
	return install(ctx, id.String(), files, dir, opts)
}

func install(ctx context.Context, name string, files []KnownFile, dir string, opts InstallOptions) (string, error) {
	target := filepath.Join(dir, name)
	if _, err := os.Stat(target); err == nil {
		return target, nil
	}
	work := workDir(dir, name)
	if err := os.MkdirAll(work, 0o755); err != nil {
		return "", err
	}
	for _, f := range files {
		if err := fetchKnown(ctx, name, f, filepath.Join(work, f.Name), opts); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	ready := filepath.Join(work, "ready")
	if err := errors.Join(os.RemoveAll(ready), os.Mkdir(ready, 0o755)); err != nil {
		return "", err
	}
	for _, f := range files {
		if err := place(f, filepath.Join(work, f.Name), ready); err != nil {
			return "", errors.Join(fmt.Errorf("%s: %w", f.Name, err), os.RemoveAll(ready))
		}
	}
	if err := os.Rename(ready, target); err != nil {
		return "", err
	}
	return target, os.RemoveAll(work)
}

// workDir holds what is being downloaded of a data set.
func workDir(dir, name string) string { return filepath.Join(dir, ".downloads", name) }

// place puts a downloaded file, or what is kept of it, into the folder.
func place(f KnownFile, from, to string) error {
	if f.Unpacked == 0 {
		return os.Rename(from, filepath.Join(to, f.Name))
	}
	return unpack(from, to, f.Keep, f.Unpacked)
}

// fetchKnown downloads a file from the first address that has it.
func fetchKnown(ctx context.Context, set string, f KnownFile, to string, opts InstallOptions) error {
	var sources []Source
	for _, m := range opts.Mirrors {
		s := f.Source
		s.URL = strings.TrimSuffix(m, "/") + "/" + set + "/" + f.Name
		sources = append(sources, s)
	}
	attempts := opts.Attempts
	if attempts < 1 {
		attempts = 3
	}
	var all []error
	for _, s := range append(sources, f.Source) {
		err := tryDownload(ctx, s, to, attempts, opts.Download)
		if err == nil || ctx.Err() != nil {
			return err
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// tryDownload downloads from one address, and tries again what may be the
// network's fault.
func tryDownload(ctx context.Context, s Source, to string, attempts int, opts DownloadOptions) (err error) {
	for range attempts {
		err = Download(ctx, to, s, opts)
		var status *statusError
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrChecksum) || errors.Is(err, ErrTooLarge) || errors.As(err, &status) {
			return err
		}
	}
	return err
}
