package httpx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/storage"
)

// retryAfter parses a Retry-After header: seconds, or a date. 0 if it is
// absent, invalid or past.
func retryAfter(h string, now time.Time) time.Duration {
	h = strings.TrimSpace(h)
	if s, err := strconv.ParseInt(h, 10, 32); err == nil {
		return max(0, time.Duration(s)*time.Second)
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// Call sends r and returns the answer, which must be short.
func (c *Client) Call(ctx context.Context, op string, root cid.Cid, r Request) ([]byte, error) {
	resp, err := c.Do(ctx, op, root, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := ReadReply(resp)
	if err != nil {
		return nil, c.Fail(op, root, err)
	}
	return data, nil
}

// ReadReply reads a short answer, of at most maxReply bytes.
func ReadReply(resp *http.Response) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return nil, fmt.Errorf("the answer was cut off: %w: %w", storage.ErrIncomplete, err)
	}
	if len(data) > maxReply {
		return nil, fmt.Errorf("the answer has more than %d bytes: %w", maxReply, storage.ErrTooLarge)
	}
	return data, nil
}

// Lines decodes an answer of one or several JSON values (NDJSON) into T.
func Lines[T any](data []byte) ([]T, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var list []T
	for {
		var v T
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the answer is not the expected JSON: %w: %w", storage.ErrUnsupported, err)
		}
		list = append(list, v)
	}
}

// ReplyCID parses the CID in an answer.
func ReplyCID(text string) (cid.Cid, error) {
	c, err := storage.ParseCID(text)
	if err != nil {
		return cid.Undef, fmt.Errorf("the answer has no valid CID: %w", err)
	}
	return c, nil
}

// Form streams a body, such as a multipart form, that a function writes. The HTTP client closes
// it; the caller must call Wait.
type Form struct {
	ContentType string
	*io.PipeReader
	done chan struct{}
}

// NewForm starts write in a goroutine.
func NewForm(write func(w *multipart.Writer) error) *Form {
	pr, pw := io.Pipe()
	w := multipart.NewWriter(pw)
	return start(w.FormDataContentType(), pr, pw, func() error {
		if err := write(w); err != nil {
			return err
		}
		return w.Close()
	})
}

// NewBody starts write in a goroutine, for a body of another type.
func NewBody(contentType string, write func(w io.Writer) error) *Form {
	pr, pw := io.Pipe()
	return start(contentType, pr, pw, func() error { return write(pw) })
}

func start(contentType string, pr *io.PipeReader, pw *io.PipeWriter, write func() error) *Form {
	f := &Form{ContentType: contentType, PipeReader: pr, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		pw.CloseWithError(write())
	}()
	return f
}

// Wait closes the form and waits until write has returned.
func (f *Form) Wait() {
	f.PipeReader.Close()
	<-f.done
}
