package storagetest

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/decloud-sdk/decloud-go/storage"
)

// Attack is a hostile answer to a request for Root. A store must refuse it
// with an error that wraps Want and names Root, and write nothing.
type Attack struct {
	Name    string               // of the test
	Root    cid.Cid              // what is asked for
	Want    error                // what the refusal wraps
	Body    func() io.ReadCloser // a new CAR stream, or what pretends to be one
	Endless bool                 // Body never ends
	Stalls  bool                 // Body blocks until it is closed
}

// MaxBytes is the [storage.Config].MaxBytes under which the attacks are meant to run.
const MaxBytes = 4 << 20

// Attacks returns every hostile answer that the suite knows.
func Attacks() []Attack {
	var list []Attack
	for _, group := range [][]Attack{streamAttacks(), dagAttacks(), nameAttacks()} {
		list = append(list, group...)
	}
	return list
}

// Honest returns a small well-formed package: its root and its CAR.
func Honest() (cid.Cid, []byte) {
	b, root, _ := honest()
	return root, CAR([]cid.Cid{root}, b.rootFirst())
}

// odd returns well-formed packages in forms that some writers use, by what is
// special about them, with the text of their only file, "a".
func odd() map[string]oddPackage {
	const text = "a small file"
	make := func(roots func(root cid.Cid) []cid.Cid, content func(b *builder) cid.Cid) oddPackage {
		b := &builder{}
		root := b.dir(entry{"a", content(b)})
		return oddPackage{root, CAR(roots(root), b.rootFirst()), text}
	}
	raw := func(b *builder) cid.Cid { return b.raw([]byte(text)) }
	stranger := withHash(cid.Raw, multihash.SHA2_256, []byte("another content"))
	one := func(root cid.Cid) []cid.Cid { return []cid.Cid{root} }
	return map[string]oddPackage{
		"a CAR of two roots":            make(func(root cid.Cid) []cid.Cid { return []cid.Cid{stranger, root} }, raw),
		"a CAR of no root":              make(func(cid.Cid) []cid.Cid { return []cid.Cid{} }, raw),
		"a CAR that names another root": make(func(cid.Cid) []cid.Cid { return []cid.Cid{stranger} }, raw),
		"a file in its CID":             make(one, func(*builder) cid.Cid { return withHash(cid.Raw, multihash.IDENTITY, []byte(text)) }),
		"a file node in its CID, over one in its own": make(one, func(b *builder) cid.Cid {
			leaf := withHash(cid.Raw, multihash.IDENTITY, []byte(text))
			return inlined(b.file(uint64(len(text)), leaf), b)
		}),
	}
}

type oddPackage struct {
	root cid.Cid
	car  []byte
	text string
}

// inlined takes the block that was added last out of b and returns its identity
// CID instead.
func inlined(c cid.Cid, b *builder) cid.Cid {
	last := b.blocks[len(b.blocks)-1]
	b.blocks = b.blocks[:len(b.blocks)-1]
	return withHash(c.Prefix().Codec, multihash.IDENTITY, last.Data)
}

func honest() (b *builder, root, leaf cid.Cid) {
	b = &builder{}
	leaf = b.raw(bytes.Repeat([]byte("honest "), 1000))
	one := b.raw([]byte("1"))
	big := b.file(7000, leaf, leaf)
	sub := b.dir(entry{"one.txt", one}, entry{"weights.bin", big})
	return b, b.dir(entry{"config.json", one}, entry{"sub", sub}), leaf
}

// streamAttacks are answers whose bytes do not match the root.
func streamAttacks() []Attack {
	b, root, leaf := honest()
	good := CAR([]cid.Cid{root}, b.rootFirst())
	fixed := func(name string, want error, data []byte) Attack {
		return Attack{Name: name, Root: root, Want: want, Body: body(data)}
	}
	blocks := func(edit func([]Block) []Block) []byte {
		return CAR([]cid.Cid{root}, edit(b.rootFirst()))
	}
	flip := func(data []byte, at int) []byte {
		c := bytes.Clone(data)
		c[at] ^= 1
		return c
	}
	foreign := &builder{}
	stranger := foreign.raw([]byte("not of this package"))
	header := len(CAR([]cid.Cid{root}, nil))
	return []Attack{
		fixed("flipped bit in a leaf", storage.ErrCorrupt, flip(good, len(good)-1)),
		fixed("flipped bit in the root", storage.ErrCorrupt, flip(good, header+60)),
		fixed("foreign block instead of one", storage.ErrCorrupt, blocks(func(l []Block) []Block { return append(l[:len(l)-1], foreign.blocks...) })),
		fixed("bytes of another block", storage.ErrCorrupt, blocks(func(l []Block) []Block {
			l[len(l)-1].Data = l[0].Data
			return l
		})),
		fixed("wrong codec", storage.ErrCorrupt, blocks(func(l []Block) []Block {
			for i := range l {
				if l[i].CID == leaf {
					l[i].CID = cid.NewCidV1(cid.DagProtobuf, leaf.Hash())
				}
			}
			return l
		})),
		fixed("truncated inside of a block", storage.ErrIncomplete, good[:len(good)-10]),
		fixed("truncated inside of the header", storage.ErrIncomplete, good[:header/2]),
		fixed("clean early end", storage.ErrIncomplete, blocks(func(l []Block) []Block { return l[:2] })),
		fixed("header only", storage.ErrIncomplete, good[:header]),
		fixed("empty body", storage.ErrIncomplete, nil),
		fixed("HTML", storage.ErrCorrupt, []byte("<!DOCTYPE html><html><body>"+strings.Repeat("rate limit exceeded ", 100)+"</body></html>")),
		fixed("JSON", storage.ErrCorrupt, []byte(`{"error":"`+strings.Repeat("not here ", 100)+`"}`)),
		fixed("wrong root", storage.ErrCIDMismatch, CAR([]cid.Cid{stranger}, foreign.blocks)),
		fixed("two wrong roots", storage.ErrCIDMismatch, CAR([]cid.Cid{stranger, leaf}, foreign.blocks)),
		fixed("no root and nothing of it", storage.ErrCorrupt, CAR([]cid.Cid{}, foreign.blocks)),
		fixed("two roots and half of it", storage.ErrIncomplete, CAR([]cid.Cid{stranger, root}, b.rootFirst()[:2])),
		fixed("header of a gigabyte", storage.ErrCorrupt, binary.AppendUvarint(nil, 1<<30)),
		fixed("section of a gigabyte", storage.ErrCorrupt, binary.AppendUvarint(bytes.Clone(good[:header]), 1<<30)),
		fixed("section of 2^63 bytes", storage.ErrCorrupt, binary.AppendUvarint(bytes.Clone(good[:header]), 1<<63)),
		fixed("section of no bytes", storage.ErrCorrupt, append(bytes.Clone(good[:header]), 0)),
		{Name: "endless zeros", Root: root, Want: storage.ErrCorrupt, Endless: true, Body: endless(good[:header], func([]byte, int) []byte { return make([]byte, 4096) })},
		{Name: "endless foreign blocks", Root: root, Want: storage.ErrTooLarge, Endless: true, Body: endless(good[:header], foreignSection)},
		{Name: "endless repetition of the root", Root: root, Want: storage.ErrTooLarge, Endless: true, Body: endless(good[:header], func([]byte, int) []byte { return sections(b.rootFirst()[:1]) })},
		{Name: "silence", Root: root, Want: storage.ErrIncomplete, Stalls: true, Body: silent(nil)},
		{Name: "silence after the first block", Root: root, Want: storage.ErrIncomplete, Stalls: true, Body: silent(blocks(func(l []Block) []Block { return l[:1] }))},
	}
}

// dagAttacks are contents with correct hashes that no honest packer makes.
func dagAttacks() []Attack {
	made := func(name string, want error, build func(b *builder) cid.Cid) Attack {
		b := &builder{}
		root := build(b)
		return Attack{Name: name, Root: root, Want: want, Body: body(CAR([]cid.Cid{root}, b.rootFirst()))}
	}
	return []Attack{
		made("10^10 bytes in a kilobyte", storage.ErrTooLarge, func(b *builder) cid.Cid {
			c, size := b.raw(make([]byte, 10)), uint64(10)
			for range 9 {
				c = b.file(size, c, c, c, c, c, c, c, c, c, c)
				size *= 10
			}
			return b.dir(entry{"bomb", c})
		}),
		made("many large files of one block", storage.ErrTooLarge, func(b *builder) cid.Cid {
			c := b.raw(make([]byte, 1<<20))
			d := b.dir(entry{"a", c}, entry{"b", c}, entry{"c", c})
			return b.dir(entry{"d", d}, entry{"e", d})
		}),
		made("10^9 empty leaves", storage.ErrTooLarge, func(b *builder) cid.Cid {
			c := b.raw(nil)
			for range 9 {
				c = b.file(0, c, c, c, c, c, c, c, c, c, c)
			}
			return b.dir(entry{"bomb", c})
		}),
		made("10^9 directories", storage.ErrTooLarge, func(b *builder) cid.Cid {
			c := b.dir()
			for range 9 {
				c = b.dir(entry{"0", c}, entry{"1", c}, entry{"2", c}, entry{"3", c}, entry{"4", c}, entry{"5", c}, entry{"6", c}, entry{"7", c}, entry{"8", c}, entry{"9", c})
			}
			return c
		}),
		made("two hundred directories deep", storage.ErrTooLarge, func(b *builder) cid.Cid {
			c := b.dir()
			for range 200 {
				c = b.dir(entry{"d", c})
			}
			return c
		}),
		made("two hundred file nodes deep", storage.ErrTooLarge, func(b *builder) cid.Cid {
			c := b.raw([]byte("x"))
			for range 200 {
				c = b.file(1, c)
			}
			return b.dir(entry{"f", c})
		}),
		made("child smaller than its parent says", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.file(1000, b.raw([]byte("short")))})
		}),
		made("child larger than its parent says", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.file(1, b.raw([]byte("longer")))})
		}),
		made("links without sizes", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.node(unixfs.FilePBData(nil, 0), entry{"", b.raw([]byte("x"))})})
		}),
		made("directory inside of a file", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.file(0, b.dir())})
		}),
		made("shard slot without a shard", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.node(must(unixfs.HAMTShardData(nil, 256, 0x22)), entry{"00", b.dir()})
		}),
		made("shard entry without a slot", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.node(must(unixfs.HAMTShardData(nil, 256, 0x22)), entry{"0", b.raw(nil)})
		}),
		made("shard of odd fanout", storage.ErrUnsupported, func(b *builder) cid.Cid {
			return b.node(must(unixfs.HAMTShardData(nil, 1<<40, 0x22)), entry{"00a", b.raw(nil)})
		}),
		made("dag-pb that is not UnixFS", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.node([]byte("\xff\xff\xff"))})
		}),
		made("bytes that are not dag-pb", storage.ErrCorrupt, func(b *builder) cid.Cid {
			junk := []byte("junk")
			return b.dir(entry{"f", b.add(withHash(cid.DagProtobuf, multihash.SHA2_256, junk), junk)})
		}),
		made("UnixFS metadata node", storage.ErrUnsupported, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.unixfsType(unixfs.TMetadata)})
		}),
		made("link to dag-cbor", storage.ErrUnsupported, func(b *builder) cid.Cid {
			return b.dir(entry{"f", withHash(cid.DagCBOR, multihash.SHA2_256, []byte("\xa0"))})
		}),
		made("link by a long identity", storage.ErrUnsupported, func(b *builder) cid.Cid {
			return b.dir(entry{"f", withHash(cid.Raw, multihash.IDENTITY, make([]byte, 129))})
		}),
		made("directory by identity inside of a file", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.file(0, inlined(b.dir(), b))})
		}),
		made("link by a broken hash", storage.ErrUnsupported, func(b *builder) cid.Cid {
			return b.dir(entry{"f", withHash(cid.Raw, multihash.SHA1, []byte("sha1"))})
		}),
		made("file as the root", storage.ErrUnsupported, func(b *builder) cid.Cid {
			return b.file(1, b.raw([]byte("x")))
		}),
		made("block of three megabytes", storage.ErrCorrupt, func(b *builder) cid.Cid {
			return b.dir(entry{"f", b.raw(make([]byte, 3<<20))})
		}),
	}
}

// nameAttacks are directories whose entries must never be written to a disk.
func nameAttacks() []Attack {
	var list []Attack
	one := func(title string, names ...string) {
		b := &builder{}
		leaf := b.raw([]byte("pwned"))
		var entries []entry
		for _, n := range names {
			entries = append(entries, entry{n, leaf})
		}
		root := b.dir(entry{"sub", b.dir(entries...)})
		list = append(list, Attack{Name: title, Root: root, Want: storage.ErrUnsafeName, Body: body(CAR([]cid.Cid{root}, b.rootFirst()))})
	}
	for _, n := range []string{"", ".", "..", "../escape", "../../escape", "/etc/passwd", "a/b", `..\escape`, `C:\escape`, "C:", "file:stream",
		"nul\x00byte", "line\nfeed", "CON", "con.txt", "Aux", "NUL", "com1", "LPT9.json", "com¹", "CONOUT$", "dot.", "space ", "what?", "\xff\xfe", strings.Repeat("n", 256)} {
		one("name "+shorten(n), n)
	}
	one("same name twice", "twin", "twin")
	one("names that differ by case", "Config.json", "config.json")
	one("names that fold together", "\u212Aelvin", "kelvin") // the Kelvin sign
	one("names that differ by normalisation", "caf\u00e9", "cafe\u0301")
	one("names that differ by case and normalisation", "\u00c9t\u00e9", "e\u0301te\u0301")
	b := &builder{}
	root := b.dir(entry{"config.json", b.symlink("/etc/passwd")})
	list = append(list, Attack{Name: "symlink", Root: root, Want: storage.ErrUnsafeName, Body: body(CAR([]cid.Cid{root}, b.rootFirst()))})
	b = &builder{}
	root = b.node(must(unixfs.HAMTShardData(nil, 256, 0x22)), entry{"00..", b.raw([]byte("pwned"))})
	list = append(list, Attack{Name: "dot dot in a shard", Root: root, Want: storage.ErrUnsafeName, Body: body(CAR([]cid.Cid{root}, b.rootFirst()))})
	return list
}
