package dataset

import (
	"context"
	"crypto/md5"
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

// ErrChecksum means that a downloaded file does not have the expected checksum.
var ErrChecksum = errors.New("dataset: checksum does not match")

// Source is a file on the web. [Known] has those of well-known data sets; for
// others the user decides which ones to trust.
type Source struct {
	// URL of the file, http or https.
	URL string
	// SHA256 of the file, 64 hex digits. Required, unless MD5 is set: a checksum
	// alone makes a download safe.
	SHA256 string
	// MD5 of the file, 32 hex digits, where its publisher gives nothing better.
	// It shows damage and other versions; whoever made the file could have made
	// a second one with the same MD5.
	MD5 string
	// MaxBytes is the largest accepted size in bytes. Default: 16 GiB.
	MaxBytes int64
}

// DownloadOptions configures downloads. The zero value is useful.
type DownloadOptions struct {
	// Client makes the requests. Default: one like http.DefaultClient that tells no
	// server which URL it was sent on from.
	Client *http.Client
	// Stall is how long to wait for the next byte before giving up. Default:
	// one minute.
	Stall time.Duration
	// MinRate is the slowest accepted rate in bytes a second, on average over
	// Stall: it ends a download that drips. Default: 1,024.
	MinRate int64
	// OnProgress, if set, is called with the bytes downloaded so far and the
	// total (-1 if unknown).
	OnProgress func(done, total int64)
}

// Download fetches a file to path, unless path exists with the right checksum.
// If it fails, path + ".part" keeps what has arrived, and the next call resumes
// from there. path appears only once the file is complete and verified; a file
// with a wrong checksum is deleted (ErrChecksum).
func Download(ctx context.Context, path string, src Source, opts DownloadOptions) error {
	want, newHash, err := src.checksum()
	if err != nil {
		return err
	}
	if src.MaxBytes <= 0 {
		src.MaxBytes = 16 << 30
	}
	if opts.Client == nil {
		opts.Client = discreet
	}
	if opts.Stall <= 0 {
		opts.Stall = time.Minute
	}
	if opts.MinRate <= 0 {
		opts.MinRate = 1024
	}
	if _, got, err := sumFile(path, newHash); err == nil && string(got.Sum(nil)) == string(want) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	d := download{src: src, opts: opts, part: path + ".part", newHash: newHash}
	sum, err := d.run(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", src.URL, err)
	}
	if string(sum) != string(want) {
		err := fmt.Errorf("%s: %w: %x, want %x; %s", src.URL, ErrChecksum, sum, want, d.suspicion())
		return errors.Join(err, os.Remove(d.part))
	}
	return os.Rename(d.part, path)
}

// checksum returns what the file's bytes must sum to, and by which hash.
func (s Source) checksum() ([]byte, func() hash.Hash, error) {
	if s.SHA256 == "" && s.MD5 != "" {
		want, err := hex.DecodeString(s.MD5)
		if err != nil || len(want) != md5.Size {
			return nil, nil, fmt.Errorf("dataset: %s: an MD5 has 32 hex digits, not %.80q", s.URL, s.MD5)
		}
		return want, md5.New, nil
	}
	want, err := hex.DecodeString(s.SHA256)
	if err != nil || len(want) != sha256.Size {
		return nil, nil, fmt.Errorf("dataset: %s: a download needs a SHA-256 of 64 hex digits, not %.80q", s.URL, s.SHA256)
	}
	return want, sha256.New, nil
}

// suspicion says what a file with a wrong checksum may be.
func (d download) suspicion() string {
	f, err := os.Open(d.part)
	if err == nil {
		defer f.Close()
		start := make([]byte, 256)
		n, _ := io.ReadFull(f, start)
		if strings.HasPrefix(http.DetectContentType(start[:n]), "text/html") {
			return "the server sent a web page in place of the file: it may have moved, or want a log-in"
		}
	}
	return "ask whoever gave you the checksum"
}

// sumFile returns the size of a file and its running checksum.
func sumFile(path string, newHash func() hash.Hash) (int64, hash.Hash, error) {
	h := newHash()
	f, err := os.Open(path)
	if err != nil {
		return 0, h, err
	}
	defer f.Close()
	n, err := io.Copy(h, f)
	return n, h, err
}

type download struct {
	src     Source
	opts    DownloadOptions
	part    string
	newHash func() hash.Hash
}

// run completes the part file and returns its checksum.
func (d download) run(ctx context.Context) ([]byte, error) {
	have, sum, err := sumFile(d.part, d.newHash)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(d.opts.Stall, func() {
		cancel(fmt.Errorf("nothing received for %v, or less than %d bytes a second; try again to resume", d.opts.Stall, d.opts.MinRate))
	})
	defer stalled.Stop()
	resp, have, err := d.request(ctx, have)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	defer resp.Body.Close()
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if have == 0 {
		flags, sum = os.O_CREATE|os.O_WRONLY|os.O_TRUNC, d.newHash()
	}
	f, err := os.OpenFile(d.part, flags, 0o644)
	if err != nil {
		return nil, err
	}
	total := int64(-1)
	if resp.ContentLength >= 0 {
		total = have + resp.ContentLength
	}
	enough, got := int64(d.opts.Stall.Seconds()*float64(d.opts.MinRate)), int64(0)
	body := &watched{r: resp.Body, saw: func(n int) {
		if got += int64(n); got >= enough {
			stalled.Reset(d.opts.Stall)
			got = 0
		}
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
	return nil, 0, &statusError{resp.Status}
}

// discreet sends no Referer: the URL of a mirror may hold a key.
var discreet = &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("redirected 10 times")
	}
	r.Header.Del("Referer")
	return nil
}}

// statusError is an answer other than the file.
type statusError struct{ status string }

func (e *statusError) Error() string { return "the server answered " + e.status }

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
