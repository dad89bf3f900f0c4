package baseline

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// noisy encodes a picture of w×h with 4:2:0.
func noisy(t testing.TB, w, h int) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for p := range img.Pix {
		img.Pix[p] = byte(p/4) + byte(rng.IntN(16))
	}
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, &jpeg.Options{Quality: 90}))
	return out.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	file := noisy(b, 500, 375)
	for name, decode := range map[string]func() bool{
		"baseline":   func() bool { _, ok := Decode(file); return ok },
		"image_jpeg": func() bool { _, err := jpeg.Decode(bytes.NewReader(file)); return err == nil },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				require.True(b, decode())
			}
		})
	}
}
