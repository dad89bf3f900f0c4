package storage

// limits bounds one package. See [Config].
type limits struct {
	maxBytes int64 // file content, expanded
	maxNodes int   // files, directories and blocks of files, expanded
	maxDepth int   // links from the root to a leaf
}

func (l limits) withDefaults() limits {
	if l.maxBytes <= 0 {
		l.maxBytes = 2 << 30
	}
	if l.maxNodes <= 0 {
		l.maxNodes = 1 << 17
	}
	if l.maxDepth <= 0 {
		l.maxDepth = 64
	}
	return l
}

// streamBytes is the most that is read from one stream of CAR: the content
// once, with room for framing, inner nodes and repeated blocks.
func (l limits) streamBytes() int64 { return l.maxBytes + l.maxBytes/4 + 16<<20 }
