package storage

import (
	"errors"
	"io"
	"sync"

	chunk "github.com/ipfs/boxo/chunker"
)

// splitter splits its input into chunks of equal size, except for the last one.
// It reads ahead, in a goroutine, while earlier chunks are hashed.
type splitter struct {
	from   io.Reader
	chunks chan []byte
	err    error // why chunks was closed; io.EOF at the end
	quit   chan struct{}

	buffers *bufferPool // provides the memory of chunks
	wg      sync.WaitGroup
}

var _ chunk.Splitter = (*splitter)(nil)

func newSplitter(from io.Reader, size int, b *bufferPool) *splitter {
	s := &splitter{from: from, buffers: b, chunks: make(chan []byte, 1), quit: make(chan struct{})}
	s.wg.Go(func() {
		defer close(s.chunks)
		s.err = catchPanic("the file system or Config.OnProgress", func() error { return s.read(size) })
	})
	return s
}

func (s *splitter) read(size int) error {
	data := make([]byte, size) // not from the pool: boxo keeps the chunk of a file that has only one
	for {
		n, err := io.ReadFull(s.from, data)
		if n > 0 {
			select {
			case s.chunks <- data[:n]:
			case <-s.quit:
				return errClosed
			}
		} else {
			s.buffers.put(data) // the last chunk was a full one
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		if err != nil {
			return err
		}
		data = s.buffers.get(size)
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

// close stops reading and waits for the goroutine.
func (s *splitter) close() {
	close(s.quit)
	s.wg.Wait()
}
