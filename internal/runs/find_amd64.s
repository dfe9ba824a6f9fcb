#include "textflag.h"

// func findWide(data *byte, blocks int, class *halves, n int) int
//
// Each block gives a mask with a bit for each byte of the class. Two masks side
// by side, shifted against each other until a bit is left only where n are set
// in a row, tell where a run begins: one that does not end in this block is seen
// with the next.
TEXT ·findWide(SB), NOSPLIT, $0-40
	MOVQ data+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ class+16(FP), DI
	MOVQ n+24(FP), R9

	// n is 8 and two shifts of at most 8 and 16.
	MOVQ $16, R8
	CMPQ R9, R8
	CMOVQLT R9, R8          // R8 = min(n, 16)
	SUBQ R8, R9             // R9 = second shift
	SUBQ $8, R8             // R8 = first shift

	VBROADCASTI128 (DI), Y0
	VBROADCASTI128 16(DI), Y1
	MOVQ $0x0f0f0f0f0f0f0f0f, AX
	VMOVQ AX, X2
	VPBROADCASTQ X2, Y2
	VPXOR Y3, Y3, Y3
	XORQ DX, DX             // offset of the block
	XORQ BX, BX             // mask of the block before

loop:
	VMOVDQU (SI)(DX*1), Y4
	VPSRLW $4, Y4, Y5
	VPAND Y2, Y5, Y5
	VPSHUFB Y5, Y1, Y5      // what the upper half may be
	VPSHUFB Y4, Y0, Y6      // what the lower half may be; zero beyond ASCII
	VPAND Y5, Y6, Y6
	VPCMPEQB Y3, Y6, Y6
	VPMOVMSKB Y6, AX
	NOTL AX

	MOVQ AX, R10
	SHLQ $32, R10
	ORQ BX, R10
	MOVQ AX, BX
	MOVQ R10, R11
	SHRQ $1, R11
	ANDQ R11, R10
	MOVQ R10, R11
	SHRQ $2, R11
	ANDQ R11, R10
	MOVQ R10, R11
	SHRQ $4, R11
	ANDQ R11, R10
	SHRXQ R8, R10, R11
	ANDQ R11, R10
	SHRXQ R9, R10, R11
	ANDQ R11, R10
	JNZ found
	ADDQ $32, DX
	DECQ CX
	JNZ loop

	VZEROUPPER
	MOVQ $-1, ret+32(FP)
	RET

found:
	VZEROUPPER
	BSFQ R10, R10
	LEAQ -32(DX)(R10*1), AX
	MOVQ AX, ret+32(FP)
	RET
