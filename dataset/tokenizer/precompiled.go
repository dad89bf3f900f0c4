package tokenizer

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// precompiled is SentencePiece's character map: a double array (Darts) of
// what is replaced, and what by.
type precompiled struct {
	units []uint32
	// replacements end with a zero byte each; the trie's values are where they
	// start.
	replacements string
	// ascii: the map has the character; others pass as they are.
	ascii [utf8.RuneSelf]bool
}

func parsePrecompiled(f fields) (*precompiled, error) {
	var encoded string
	if err := f.want("precompiled_charsmap", &encoded); err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, formatf("precompiled_charsmap: %w", err)
	}
	if len(raw) < 8 || uint64(binary.LittleEndian.Uint32(raw)) > uint64(len(raw)-4) {
		return nil, formatf("precompiled_charsmap: cut off")
	}
	size := int(binary.LittleEndian.Uint32(raw)) / 4
	p := &precompiled{units: make([]uint32, size), replacements: string(raw[4+4*size:])}
	for i := range p.units {
		p.units[i] = binary.LittleEndian.Uint32(raw[4+4*i:])
	}
	if size == 0 || !utf8.ValidString(p.replacements) {
		return nil, formatf("precompiled_charsmap: no trie, or replacements that are not UTF-8")
	}
	for c := range p.ascii {
		_, p.ascii[c] = p.lookup(string(rune(c)))
	}
	return p, nil
}

// normalize replaces by grapheme clusters under 6 bytes, of which the shortest
// prefix that the map has decides about the whole, else by characters.
func (n *precompiled) normalize(t text) (text, error) {
	var b strings.Builder
	b.Grow(len(t.s))
	rest, state := t.s, -1
	for rest != "" {
		if plain := n.plain(rest); plain > 0 {
			b.WriteString(rest[:plain])
			rest, state = rest[plain:], -1
			continue
		}
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		n.replace(&b, cluster)
		if b.Len() > maxNormalized {
			return t, tooLong(b.Len())
		}
	}
	return text{b.String(), t.atStart}, nil
}

// plain returns how many bytes of s are ASCII that the map leaves alone,
// without the last one where something follows that may join it.
func (n *precompiled) plain(s string) int {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && !n.ascii[s[i]] && s[i] != '\r' && s[i] != '\n' {
		i++
	}
	if i > 0 && i < len(s) && s[i] >= utf8.RuneSelf {
		i--
	}
	return i
}

func (n *precompiled) replace(b *strings.Builder, cluster string) {
	if len(cluster) < 6 {
		if to, ok := n.lookup(cluster); ok {
			b.WriteString(to)
			return
		}
	}
	for i := range cluster {
		c := cluster[i : i+runeLen(cluster, i)]
		if to, ok := n.lookup(c); ok {
			b.WriteString(to)
		} else {
			b.WriteString(c)
		}
	}
}

// lookup returns the replacement of the shortest prefix of s in the map.
func (n *precompiled) lookup(s string) (string, bool) {
	pos := offset(n.units[0])
	for i := range len(s) {
		if s[i] == 0 {
			return "", false
		}
		pos ^= uint32(s[i])
		if int(pos) >= len(n.units) || n.units[pos]&(1<<31|0xff) != uint32(s[i]) {
			return "", false
		}
		u := n.units[pos]
		pos ^= offset(u)
		if u>>8&1 == 0 {
			continue
		}
		if int(pos) >= len(n.units) {
			return "", false
		}
		at := int(n.units[pos] & (1<<31 - 1))
		if at > len(n.replacements) {
			return "", false
		}
		to, _, _ := strings.Cut(n.replacements[at:], "\x00")
		if !utf8.ValidString(to) {
			return "", false
		}
		return to, true
	}
	return "", false
}

func offset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
