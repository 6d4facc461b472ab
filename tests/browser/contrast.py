"""Contrast of the text on a page, as WCAG 2 measures it, from what the browser has computed."""

FAINT = """(within) => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const over = ([r, g, b, a = 1], under) => [r, g, b].map((c, i) => a * c + (1 - a) * under[i]);
    const background = (element) => {
        if (!element) return [255, 255, 255];
        const own = numbers(getComputedStyle(element).backgroundColor);
        return own[3] === 0 ? background(element.parentElement)
            : over(own, background(element.parentElement));
    };
    const luminance = (color) => {
        const linear = color.map((c) => c / 255).map(
            (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const faint = {};
    const look = (text, element) => {
        const hidden = ['SCRIPT', 'STYLE', 'TITLE'].includes(element.tagName.toUpperCase());
        if (!text || hidden || !element.checkVisibility()) return;
        const style = getComputedStyle(element);
        const under = background(element);
        const levels = [luminance(over(numbers(style.color), under)), luminance(under)];
        const ratio = (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        if (ratio < (large ? 3 : 4.5)) {
            faint[`${element.tagName.toLowerCase()}.${element.className}: ${text.slice(0, 40)}`] =
                Math.round(100 * ratio) / 100;
        }
    };
    for (const root of document.querySelectorAll(within)) {
        const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            look(texts.currentNode.textContent.trim(), texts.currentNode.parentElement);
        }
    }
    return faint;
}"""


def faint_texts(page, within="body"):
    """Return the texts within these elements that stand out too little, with their contrast.

    At least 4.5 : 1 is asked for, and 3 : 1 for large letters (WCAG 2.2, criterion 1.4.3, AA).
    """
    return page.evaluate(FAINT, within)
