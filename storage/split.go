package storage

import (
	"errors"
	"io"
	"sync"

	chunk "github.com/ipfs/boxo/chunker"
)

// splitter cuts what it reads into chunks of a size, the last one shorter. It
// reads ahead, in a goroutine, while earlier chunks are hashed.
type splitter struct {
	from   io.Reader
	chunks chan []byte
	err    error // why chunks was closed
	quit   chan struct{}

	buffers *buffers // where the chunks come from
	wg      sync.WaitGroup
}

var _ chunk.Splitter = (*splitter)(nil)

func newSplitter(from io.Reader, size int, b *buffers) *splitter {
	s := &splitter{from: from, buffers: b, chunks: make(chan []byte, 1), quit: make(chan struct{})}
	s.wg.Go(func() {
		defer close(s.chunks)
		s.err = protect("the file system or Config.OnProgress", func() error { return s.read(size) })
	})
	return s
}

func (s *splitter) read(size int) error {
	data := make([]byte, size) // a file of one chunk is that block: it may be asked for once more
	for {
		n, err := io.ReadFull(s.from, data)
		if n > 0 {
			select {
			case s.chunks <- data[:n]:
			case <-s.quit:
				return errClosed
			}
		} else {
			s.buffers.back(data) // the file ends with its last chunk
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		if err != nil {
			return err
		}
		data = s.buffers.lend(size)
	}
}

// Reader implements chunk.Splitter.
func (s *splitter) Reader() io.Reader { return s.from }

// NextBytes implements chunk.Splitter.
func (s *splitter) NextBytes() ([]byte, error) {
	data, ok := <-s.chunks
	if !ok {
		return nil, s.err
	}
	return data, nil
}

// close ends the reading and waits for it.
func (s *splitter) close() {
	close(s.quit)
	s.wg.Wait()
}
