//go:build !amd64

package kernel

// Best returns the best class that this processor supports.
func Best() Class { return Portable }

func gemmTiled(c, a, b Mat, e Epilogue, class Class)            { gemmPortable(c, a, b, e) }
func adamVector(w, g, m, v []float32, s *AdamStep, class Class) { AdamExact(w, g, m, v, s) }
func reluVector(y, x []float32, class Class)                    { reluPortable(y, x) }
func reluGradVector(dx, dy, y []float32, class Class)           { reluGradPortable(dx, dy, y) }
func maxVector(dst, a, b []float32, _ Class)                    { maxPortable(dst, a, b) }
func mulVector(dst, a, b []float32, class Class)                { mulPortable(dst, a, b) }

func dropMaskVector([]float32, uint32, float32, uint64, Class) int { return 0 }

func implicitGemmVector(c, a Mat, w Im2col, e Epilogue, _ Class) { implicitGemmPortable(c, a, w, e) }

func maxPairsVector([]float32, []float32, Class) int { return 0 }

func (r *panelRun) vector(int, int, gridTile, []float32, []float32, int) {}

func transposeStrip(_, _ Mat, _, from, _ int) int { return from }

func (r *panelRun) dense(int) {}
