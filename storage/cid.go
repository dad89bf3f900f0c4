package storage

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// maxCIDText bounds the text that is parsed: the longest textual CID of a
// sha2-256 multihash (base2) has 290 characters.
const maxCIDText = 320

// ParseCID parses a CID from untrusted text, for example from a chain account.
// It accepts versions 0 and 1 in any multibase, of sha2-256 over dag-pb or raw,
// and identity CIDs of at most 128 bytes, which hold their content themselves.
// The prefixes "ipfs://" and "/ipfs/" are allowed, a path after the CID is not.
func ParseCID(s string) (cid.Cid, error) {
	if len(s) > maxCIDText {
		return cid.Undef, fmt.Errorf("storage: parse CID: text of %d bytes is not a CID: %w", len(s), ErrUnsupported)
	}
	t := strings.TrimPrefix(strings.TrimPrefix(s, "ipfs://"), "/ipfs/")
	if strings.ContainsAny(t, "/?# \t\r\n") {
		return cid.Undef, fmt.Errorf("storage: parse CID %q: want a CID without path or spaces: %w", s, ErrUnsupported)
	}
	c, err := cid.Decode(t)
	if err != nil {
		return cid.Undef, fmt.Errorf("storage: parse CID %q: %w: %w", s, ErrUnsupported, err)
	}
	if err := checkCID(c); err != nil {
		return cid.Undef, fmt.Errorf("storage: parse CID %q: %w", s, err)
	}
	return c, nil
}

// maxInline is the longest content of an identity CID, in bytes, as in Kubo. (A
// `ipfs add --inline` makes them of blocks of up to 32 bytes.)
const maxInline = 128

// checkCID refuses what this package does not read. A CID may name a broken hash
// (murmur3, sha1), which would not bind the content.
func checkCID(c cid.Cid) error {
	if !c.Defined() {
		return fmt.Errorf("empty CID: %w", ErrUnsupported)
	}
	p := c.Prefix()
	if p.Codec != cid.DagProtobuf && p.Codec != cid.Raw {
		return fmt.Errorf("codec 0x%x of %s, want dag-pb or raw: %w", p.Codec, c, ErrUnsupported)
	}
	if p.MhType == multihash.IDENTITY && p.MhLength <= maxInline {
		return nil
	}
	if p.MhType != multihash.SHA2_256 || p.MhLength != sha256.Size {
		return fmt.Errorf("hash 0x%x of %d bytes in %s, want sha2-256: %w", p.MhType, p.MhLength, c, ErrUnsupported)
	}
	return nil
}

// inline returns the content of an identity CID. Such a block is never stored:
// whoever has the CID has the block.
func inline(c cid.Cid) (data []byte, ok bool) {
	if p := c.Prefix(); p.MhType != multihash.IDENTITY {
		return nil, false
	}
	d, err := multihash.Decode(c.Hash())
	if err != nil {
		return nil, false // cid parsing has decoded it before
	}
	return d.Digest, true
}

// verifyBlock checks data against c, which passed checkCID.
func verifyBlock(c cid.Cid, data []byte) error {
	if content, ok := inline(c); ok {
		if !bytes.Equal(content, data) {
			return fmt.Errorf("block %s: not the bytes in its CID: %w", c, ErrCorrupt)
		}
		return nil
	}
	sum := sha256.Sum256(data)
	if !bytes.Equal(digest(c), sum[:]) {
		return fmt.Errorf("block %s: the bytes hash to %x: %w", c, sum[:8], ErrCorrupt)
	}
	return nil
}

// digest is the hash in c, which passed checkCID and is no identity CID.
func digest(c cid.Cid) []byte { return c.Hash()[len(c.Hash())-sha256.Size:] }

// blockKey identifies a block by codec and multihash, so that version 0 and 1
// of one CID are the same block while raw and dag-pb are not.
func blockKey(c cid.Cid) string {
	if c.Version() == 0 {
		c = cid.NewCidV1(cid.DagProtobuf, c.Hash())
	}
	return c.KeyString()
}
