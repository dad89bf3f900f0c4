package packagefmt

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
)

// FS returns the package's files, as Write writes them. The same package gives the same bytes, and so the same CID. They are
// made of the package's own weights while they are read, so that no copy of these is held: the package must not be changed
// as long as the files are used.
func (p *Package) FS() (fs.FS, error) {
	parts, config, err := p.parts()
	if err != nil {
		return nil, err
	}
	files, sums := memfs.Made{}, map[string]string{}
	for _, part := range parts {
		h := sha256.New()
		var size counter
		if err := part.write(io.MultiWriter(h, &size)); err != nil {
			return nil, err
		}
		files[part.name], sums[part.name] = memfs.Content{Size: int64(size), Write: part.write}, hex.EncodeToString(h.Sum(nil))
	}
	b, err := configFile(config, sums)
	files[ConfigFile] = memfs.Content{Size: int64(len(b)), Write: bytesOf(b)}
	return files, err
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
