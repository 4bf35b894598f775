// What our charts use of uPlot 1.6.32.

export interface Series {
  stroke?: () => string;
  fill?: () => string;
  width?: number;
  paths?: () => null;
  points?: { show: boolean; size?: number; width?: number; stroke?: () => string; fill?: () => string };
}

export interface Scale {
  time?: boolean;
  /** 3 is logarithmic. */
  distr?: 1 | 2 | 3 | 4;
  range?: number[] | ((chart: uPlot, min: number, max: number) => number[]);
}

export interface Axis {
  stroke?: () => string;
  font?: string;
  grid?: { stroke: () => string; width: number };
  ticks?: { stroke: () => string; width: number; size: number };
  size?: number | ((chart: uPlot, labels: string[] | null) => number);
  space?: number;
  incrs?: number[];
  splits?: () => number[];
  filter?: () => number[];
  values?: (chart: uPlot, splits: number[]) => string[];
}

export interface Options {
  width: number;
  height: number;
  padding: (number | ((chart: uPlot) => number))[];
  cursor: { show: boolean };
  legend: { show: boolean };
  scales: { x: Scale; y: Scale };
  axes: Axis[];
  series: Series[];
  hooks: { drawClear: ((chart: uPlot) => void)[]; draw: ((chart: uPlot) => void)[] };
}

export default class uPlot {
  constructor(options: Options, columns: number[][], box: HTMLElement);
  readonly ctx: CanvasRenderingContext2D;
  readonly bbox: { left: number; top: number; width: number; height: number };
  readonly data: number[][];
  readonly series: { stroke: () => string }[];
  readonly scales: { x: { min: number; max: number }; y: { min: number; max: number } };
  readonly width: number;
  setData(columns: number[][]): void;
  setSize(size: { width: number; height: number }): void;
  valToPos(value: number, scale: "x" | "y", onCanvas: boolean): number;
}
