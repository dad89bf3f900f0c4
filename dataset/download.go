package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrChecksum means that a downloaded file does not have the expected SHA-256.
var ErrChecksum = errors.New("dataset: checksum does not match")

// Source is a file on the web. There are no built-in sources: the user decides
// which ones to trust.
type Source struct {
	// URL of the file, http or https.
	URL string
	// SHA256 of the file, 64 hex digits. Required: it alone makes a download
	// safe.
	SHA256 string
	// MaxBytes is the largest accepted size in bytes. Default: 16 GiB.
	MaxBytes int64
}

// DownloadOptions configures downloads. The zero value is useful.
type DownloadOptions struct {
	// Client makes the requests. Default: http.DefaultClient.
	Client *http.Client
	// Stall is how long to wait for the next byte before giving up. Default:
	// one minute.
	Stall time.Duration
	// OnProgress, if set, is called with the bytes downloaded so far and the
	// total (-1 if unknown).
	OnProgress func(done, total int64)
}

// Download fetches a file to path, unless path exists with the right checksum.
// If it fails, path + ".part" keeps what has arrived, and the next call resumes
// from there. path appears only once the file is complete and verified; a file
// with a wrong checksum is deleted (ErrChecksum).
func Download(ctx context.Context, path string, src Source, opts DownloadOptions) error {
	want, err := hex.DecodeString(src.SHA256)
	if err != nil || len(want) != sha256.Size {
		return fmt.Errorf("dataset: %s: a download needs a SHA-256 of 64 hex digits, not %.80q", src.URL, src.SHA256)
	}
	if src.MaxBytes <= 0 {
		src.MaxBytes = 16 << 30
	}
	if opts.Client == nil {
		opts.Client = http.DefaultClient
	}
	if opts.Stall <= 0 {
		opts.Stall = time.Minute
	}
	if _, got, err := sumFile(path); err == nil && string(got.Sum(nil)) == string(want) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	d := download{src: src, opts: opts, part: path + ".part"}
	sum, err := d.run(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", src.URL, err)
	}
	if string(sum) != string(want) {
		err := fmt.Errorf("%s: %w: %x, want %x; ask whoever gave you the checksum", src.URL, ErrChecksum, sum, want)
		return errors.Join(err, os.Remove(d.part))
	}
	return os.Rename(d.part, path)
}

// sumFile returns the size of a file and its running SHA-256.
func sumFile(path string) (int64, hash.Hash, error) {
	h := sha256.New()
	f, err := os.Open(path)
	if err != nil {
		return 0, h, err
	}
	defer f.Close()
	n, err := io.Copy(h, f)
	return n, h, err
}

type download struct {
	src  Source
	opts DownloadOptions
	part string
}

// run completes the part file and returns its SHA-256.
func (d download) run(ctx context.Context) ([]byte, error) {
	have, sum, err := sumFile(d.part)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(d.opts.Stall, func() {
		cancel(fmt.Errorf("nothing received for %v; try again to resume", d.opts.Stall))
	})
	defer stalled.Stop()
	resp, have, err := d.request(ctx, have)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	defer resp.Body.Close()
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if have == 0 {
		flags, sum = os.O_CREATE|os.O_WRONLY|os.O_TRUNC, sha256.New()
	}
	f, err := os.OpenFile(d.part, flags, 0o644)
	if err != nil {
		return nil, err
	}
	total := int64(-1)
	if resp.ContentLength >= 0 {
		total = have + resp.ContentLength
	}
	body := &watched{r: resp.Body, saw: func(n int) {
		stalled.Reset(d.opts.Stall)
		have += int64(n)
		if d.opts.OnProgress != nil {
			d.opts.OnProgress(have, total)
		}
	}}
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(body, d.src.MaxBytes-have+1))
	err = errors.Join(causeOf(ctx, err), f.Sync(), f.Close())
	if err == nil && n > 0 && have > d.src.MaxBytes {
		err = errors.Join(fmt.Errorf("%w: more than %d bytes", ErrTooLarge, d.src.MaxBytes), os.Remove(d.part))
	}
	return sum.Sum(nil), err
}

// causeOf returns the cause of ctx's cancellation if err is a consequence of
// it.
func causeOf(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// request asks for the bytes from have on. It returns the offset at which the
// answer starts: have, or 0 if the server sends the whole file.
func (d download) request(ctx context.Context, have int64) (*http.Response, int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.src.URL, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept-Encoding", "identity") // checksum and ranges refer to the stored file
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := d.opts.Client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	from := fmt.Sprintf("bytes %d-", have)
	switch {
	case resp.StatusCode == http.StatusOK:
		return resp, 0, nil
	case resp.StatusCode == http.StatusPartialContent && have > 0 && strings.HasPrefix(resp.Header.Get("Content-Range"), from):
		return resp, have, nil
	}
	resp.Body.Close()
	if have > 0 && (resp.StatusCode == http.StatusRequestedRangeNotSatisfiable || resp.StatusCode == http.StatusPartialContent) {
		return d.request(ctx, 0) // the part is too long, or the server sent another range: start over
	}
	return nil, 0, fmt.Errorf("the server answered %s", resp.Status)
}

// watched calls saw with the size of every read.
type watched struct {
	r   io.Reader
	saw func(n int)
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	if n > 0 {
		w.saw(n)
	}
	return n, err
}
