package storagetest

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/go-cid"
)

// body returns streams over fixed bytes.
func body(data []byte) func() io.ReadCloser {
	return func() io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }
}

// endless returns streams of head followed forever by what more appends.
func endless(head []byte, more func(buf []byte, i int) []byte) func() io.ReadCloser {
	return func() io.ReadCloser { return &endlessBody{rest: head, more: more} }
}

type endlessBody struct {
	rest []byte
	i    int
	more func(buf []byte, i int) []byte
}

func (e *endlessBody) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.more(nil, e.i)
		e.i++
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func (e *endlessBody) Close() error { return nil }

// foreignSection appends a section with a valid block that nothing links to.
func foreignSection(buf []byte, i int) []byte {
	data := make([]byte, 64<<10)
	copy(data, strconv.Itoa(i))
	return append(buf, sections([]Block{{merkledag.NewRawNode(data).Cid(), data}})...)
}

// sections encodes blocks as sections of a CAR, without its header.
func sections(blocks []Block) []byte {
	var buf []byte
	for _, b := range blocks {
		buf = binary.AppendUvarint(buf, uint64(b.CID.ByteLen()+len(b.Data)))
		buf = append(buf, b.CID.Bytes()...)
		buf = append(buf, b.Data...)
	}
	return buf
}

// silent returns streams of head that then block until they are closed.
func silent(head []byte) func() io.ReadCloser {
	return func() io.ReadCloser { return &silentBody{head: bytes.NewReader(head), closed: make(chan struct{})} }
}

type silentBody struct {
	head   *bytes.Reader
	once   sync.Once
	closed chan struct{}
}

func (s *silentBody) Read(p []byte) (int, error) {
	if s.head.Len() > 0 {
		return s.head.Read(p)
	}
	<-s.closed
	return 0, os.ErrClosed
}

func (s *silentBody) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// Source is a [storage.Fetcher] over fixed bodies, in memory.
type Source map[cid.Cid]func() io.ReadCloser

func shorten(name string) string {
	if len(name) > 20 {
		return strconv.Quote(name[:20]) + "…"
	}
	return strconv.Quote(name)
}
