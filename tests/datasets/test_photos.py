import io

import numpy as np
import pytest
import torch
from PIL import Image

from rcnn_course.datasets.photos import grace_hopper, load_photo

RED, GREEN, BLUE, WHITE = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
CORNERS = np.array([[RED, GREEN], [BLUE, WHITE]], dtype=np.uint8)


def encoded(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def blocks(scale=16):
    """Four blocks of colour, twice as wide as high."""
    return Image.fromarray(CORNERS.repeat(scale, axis=0).repeat(2 * scale, axis=1))


def corners(photo):
    """Round the middle of each quarter to 0..255, rows first."""
    _, height, width = photo.shape
    middle = photo[:, height // 4 :: height // 2, width // 4 :: width // 2]
    return (middle * 255).round().permute(1, 2, 0).int()


def test_grace_hopper_is_a_photo_for_a_detector():
    photo = grace_hopper()
    assert photo.shape == (3, 600, 512)
    assert photo.dtype == torch.float32
    assert 0 <= photo.min() < 0.1 < 0.9 < photo.max() <= 1


def test_photo_is_read_by_name_and_from_bytes(tmp_path):
    content = encoded(blocks())
    (tmp_path / "photo.png").write_bytes(content)
    for photo in (
        tmp_path / "photo.png",
        str(tmp_path / "photo.png"),
        content,
        memoryview(content),
    ):
        loaded = load_photo(photo)
        assert loaded.shape == (3, 32, 64)
        assert loaded.dtype == torch.float32
        assert torch.equal(corners(loaded), torch.tensor(CORNERS).int())


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[RED, GREEN], [BLUE, WHITE]]),
        (2, [[GREEN, RED], [WHITE, BLUE]]),  # mirrored
        (3, [[WHITE, BLUE], [GREEN, RED]]),  # upside down
        (6, [[BLUE, RED], [WHITE, GREEN]]),  # the camera was turned left
        (8, [[GREEN, WHITE], [RED, BLUE]]),  # the camera was turned right
    ],
)
def test_photo_is_turned_upright(orientation, expected):
    exif = Image.Exif()
    exif[0x112] = orientation
    loaded = load_photo(encoded(blocks(), "JPEG", exif=exif, quality=100, subsampling=0))
    assert loaded.shape == ((3, 32, 64) if orientation < 5 else (3, 64, 32))
    assert (corners(loaded) - torch.tensor(expected)).abs().max() <= 3


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("L", (2, 2), 51), [51, 51, 51]),
        (Image.new("1", (2, 2), 1), [255, 255, 255]),
        (Image.new("LA", (2, 2), (0, 51)), [204, 204, 204]),
        (Image.new("RGBA", (2, 2), (0, 0, 0, 0)), [255, 255, 255]),
        (Image.new("RGBA", (2, 2), (255, 0, 0, 51)), [255, 204, 204]),
        (Image.new("RGB", (2, 2), "teal").quantize(4), [0, 128, 128]),
        (Image.fromarray(np.full((2, 2), 51 * 257, dtype=np.uint16)), [51, 51, 51]),
    ],
    ids=["grey", "one bit", "grey with alpha", "transparent", "half", "palette", "16 bits"],
)
def test_photo_of_any_mode_becomes_rgb_on_white(image, expected):
    loaded = load_photo(encoded(image))
    assert (loaded * 255).round().int().flatten(1).T.tolist() == [expected] * 4


def test_cmyk_photo_becomes_rgb():
    loaded = load_photo(encoded(blocks().convert("CMYK"), "JPEG", quality=100))
    assert (corners(loaded) - torch.tensor(CORNERS).int()).abs().max() <= 40


def test_palette_photo_with_a_transparent_colour_becomes_white_there():
    image = blocks().quantize(4)
    red = image.getpixel((0, 0))
    loaded = load_photo(encoded(image, transparency=red))
    assert corners(loaded)[0, 0].tolist() == WHITE
    assert corners(loaded)[1, 0].tolist() == BLUE


def test_large_photo_is_shrunk_to_the_size_wanted_and_a_small_one_is_left():
    content = encoded(blocks(100))
    assert load_photo(content, max_size=100).shape == (3, 50, 100)
    assert load_photo(content, max_size=400).shape == (3, 200, 400)
    assert load_photo(content).shape == (3, 200, 400)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "photo is empty"),
        (b"hello, I am a text", "photo is not a picture: save it as JPEG or PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "photo is in Apple's HEIC format: save it as JPEG"),
        (encoded(blocks())[:-40], "photo is damaged or cut off"),
        (encoded(blocks(), "JPEG")[:-200], "photo is damaged or cut off"),
        (encoded(Image.new("F", (2, 2)), "TIFF"), "photo holds 32-bit numbers"),
    ],
)
def test_what_is_no_photo_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        load_photo(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
def test_photo_cut_off_anywhere_is_read_or_refused_by_its_name(kind):
    exif = Image.Exif()
    exif[0x112] = 6
    exif[0x10E] = "four blocks"
    options = {} if kind in ("GIF", "BMP") else {"exif": exif}
    content = encoded(blocks(), kind, **options)
    refused = []
    for end in range(0, len(content), max(1, len(content) // 60)):
        try:
            assert load_photo({"name": "X.JPG", "content": content[:end]}).shape[0] == 3
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) > 30
    assert all(message.startswith("X.JPG is ") for message in refused)


def test_photo_with_damaged_exif_is_shown_as_it_is_stored():
    exif = Image.Exif()
    exif[0x112] = 6
    content = encoded(blocks(), "JPEG", exif=exif, quality=100, subsampling=0)
    damaged = content.replace(b"MM\x00*", b"MX\x00*").replace(b"II*\x00", b"IX*\x00")
    assert damaged != content
    assert load_photo(damaged).shape == (3, 32, 64)


def test_photo_of_12_megapixels_is_shrunk_by_default():
    photo = load_photo(encoded(Image.new("RGB", (4000, 3000), "teal"), "JPEG"))
    assert photo.shape == (3, 1000, 1333)
    assert load_photo(encoded(blocks(50)), max_size=None).shape == (3, 100, 200)


def test_upload_is_read_and_named_in_errors():
    upload = {"name": "IMG_7.JPG", "content": memoryview(encoded(blocks())), "size": 1}
    assert load_photo(upload).shape == (3, 32, 64)
    with pytest.raises(ValueError, match=r"IMG_7\.JPG is not a picture"):
        load_photo({**upload, "content": memoryview(b"a letter")})


def test_photo_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match="photo is too large: Image size"):
        load_photo(encoded(blocks()))


def test_error_names_the_file(tmp_path):
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(ValueError, match=r"IMG_0001\.HEIC is in Apple's HEIC format"):
        load_photo(path)
    with pytest.raises(FileNotFoundError, match=r"nowhere\.jpg"):
        load_photo(tmp_path / "nowhere.jpg")


def test_wrong_arguments_are_refused():
    with pytest.raises(
        TypeError, match="photo must be a file's name, an upload or its bytes, got ndarray"
    ):
        load_photo(CORNERS)
    with pytest.raises(ValueError, match="max_size must be 1 pixel or more, got 0"):
        load_photo(encoded(blocks()), max_size=0)
    for size in ("a", 99.5, True):
        with pytest.raises(TypeError, match="max_size must be a whole number of pixels or None"):
            load_photo(encoded(blocks()), max_size=size)
