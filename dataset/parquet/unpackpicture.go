package parquet

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// signatures are how image files begin, by their extension.
var signatures = []struct{ start, ext string }{
	{"\x89PNG\r\n\x1a\n", ".png"}, {"\xff\xd8\xff", ".jpg"}, {"GIF8", ".gif"}, {"BM", ".bmp"}, {"II*\x00", ".tif"}, {"MM\x00*", ".tif"}, {"RIFF", ".webp"},
}

// picture writes an image file into its class's folder.
func (u *unpacker) picture(file, label string) error {
	ext := ""
	for _, s := range signatures {
		if strings.HasPrefix(file, s.start) {
			ext = s.ext
		}
	}
	if ext == "" {
		return fmt.Errorf("%w: the picture begins with %.8q, which is no PNG, JPEG, GIF, BMP, TIFF or WebP file", dataset.ErrFormat, file)
	}
	folder, err := u.folder(label)
	if err != nil {
		return err
	}
	u.written++
	return os.WriteFile(filepath.Join(u.dir, folder, fmt.Sprintf("%08d%s", u.written-1, ext)), []byte(file), 0o644)
}

// folder makes the folder of a class.
func (u *unpacker) folder(label string) (string, error) {
	if slices.Contains(u.folders, label) {
		return label, nil
	}
	if len(label) > 100 || strings.HasPrefix(label, ".") || strings.ContainsAny(label, "/\\:*?\"<>|\x00\r\n") || strings.TrimSpace(label) != label || label == "" {
		return "", fmt.Errorf("%w: class %.60q cannot be the name of a folder", dataset.ErrClass, label)
	}
	if i := slices.IndexFunc(u.folders, func(other string) bool { return strings.EqualFold(other, label) }); i >= 0 {
		return "", fmt.Errorf("%w: classes %.60q and %.60q could be the same folder", dataset.ErrClass, u.folders[i], label)
	}
	if len(u.folders) == dataset.MaxClasses {
		return "", fmt.Errorf("%w: more than %d classes", dataset.ErrTooLarge, dataset.MaxClasses)
	}
	u.folders = append(u.folders, label)
	return label, os.Mkdir(filepath.Join(u.dir, label), 0o755)
}
